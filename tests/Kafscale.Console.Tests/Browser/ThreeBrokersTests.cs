using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>The console of a cluster as it is run: three brokers, etcd, S3.</summary>
public sealed class ThreeBrokersTests(ThreeBrokersSite site) : IClassFixture<ThreeBrokersSite>
{
    private static readonly (string Name, string Path, string Text)[] Pages =
    [
        ("overview", "/", "Nothing needs attention."),
        ("topics", "/topics", ThreeBrokersSite.Topic),
        ("messages", $"/topics/{ThreeBrokersSite.Topic}", "100 found"),
        ("partitions", $"/topics/{ThreeBrokersSite.Topic}/partitions", "Segments"),
        ("objects", $"/topics/{ThreeBrokersSite.MergedTopic}/objects?object=0", ".kfs"),
        ("groups", "/groups", ThreeBrokersSite.Group),
        ("group", $"/groups/view?id={ThreeBrokersSite.Group}", "Committed"),
        ("brokers", "/brokers", "Broker 3"),
        ("broker", "/brokers/2", "Append buffer"),
        ("storage", "/storage", "Stored by topic"),
        ("activity", "/activity", "sign in"),
    ];

    [Fact]
    public async Task Every_page_shows_what_three_brokers_tell()
    {
        var page = await site.Browser.OpenAsync("/brokers");
        await using var context = page.Context;
        await Assertions.Expect(page.GetByText("ready", new() { Exact = true })).ToHaveCountAsync(3);

        foreach (var (name, path, text) in Pages)
        {
            await page.GotoAsync(path);
            await page.GetByText(text).First.WaitForAsync();
            await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, $"three-{name}.png") });
        }
    }

    [Fact]
    public async Task A_topic_goes_through_its_life()
    {
        var page = await site.Browser.OpenAsync("/topics");
        await using var context = page.Context;
        var dialog = page.GetByRole(AriaRole.Dialog);

        await page.GetByRole(AriaRole.Button, new() { Name = "Create topic" }).ClickAsync();
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("returns");
        await dialog.GetByLabel("Partitions").FillAsync("3");
        await DoAsync(dialog, "Create");
        await page.GetByRole(AriaRole.Heading, new() { Name = "returns" }).WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Produce" }).ClickAsync();
        await dialog.GetByLabel("Value", new() { Exact = true }).FillAsync("came back");
        await DoAsync(dialog, "Produce");
        await page.GetByRole(AriaRole.Button, new() { Name = "Read" }).ClickAsync();
        await page.GetByText("came back").WaitForAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Change retention.ms" }).ClickAsync();
        await dialog.GetByLabel("Value for returns").FillAsync("3600000");
        await DoAsync(dialog, "Set");
        await page.GetByText("this topic").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Add partitions" }).ClickAsync();
        await dialog.GetByLabel("Partitions in all").FillAsync("5");
        await DoAsync(dialog, "Add");
        await page.GetByText("5 partitions").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Empty", Exact = true }).ClickAsync();
        await dialog.GetByLabel("Type returns to confirm").FillAsync("returns");
        await DoAsync(dialog, "Empty");
        await page.GetByText("5 partitions, 0 records").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await dialog.GetByLabel("Type returns to confirm").FillAsync("returns");
        await DoAsync(dialog, "Delete");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Topics" }).WaitForAsync();
    }

    [Fact]
    public async Task A_group_is_reset_and_forgotten()
    {
        await site.CommitAsync("returning", 5);
        var page = await site.Browser.OpenAsync("/groups/view?id=returning");
        await using var context = page.Context;
        var dialog = page.GetByRole(AriaRole.Dialog);

        await page.GetByRole(AriaRole.Button, new() { Name = "Reset offsets" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "To", Exact = true }).SelectOptionAsync("latest");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await dialog.GetByText("+95").First.WaitForAsync();
        await DoAsync(dialog, "Set offsets");
        await page.GetByText("lag 0").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete offsets" }).ClickAsync();
        await dialog.GetByLabel($"Type {ThreeBrokersSite.Topic} to confirm").FillAsync(ThreeBrokersSite.Topic);
        await DoAsync(dialog, "Delete");

        // A group without members and offsets is none any more.
        await page.GetByText("There is no such group").WaitForAsync();
        await site.CommitAsync("returning", 5);
        await page.GotoAsync("/groups/view?id=returning");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete group" }).ClickAsync();
        await dialog.GetByLabel("Type returning to confirm").FillAsync("returning");
        await DoAsync(dialog, "Delete");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Groups" }).WaitForAsync();
    }

    [Fact]
    public async Task A_broker_is_drained_and_takes_its_share_again_by_the_keyboard_alone()
    {
        var page = await site.Browser.OpenAsync("/brokers/2");
        await using var context = page.Context;

        await Keyboard.OpenAsync(page, "Drain");
        await Keyboard.TypeAsync(page, "2");
        await page.GetByText("draining").WaitForAsync();
        await page.GetByText("0 of").First.WaitForAsync();

        await Keyboard.OpenAsync(page, "End the drain");
        await Keyboard.PressAsync(page, "End the drain", "dialog");
        await page.GetByText("ready", new() { Exact = true }).WaitForAsync();
    }

    [Fact]
    public async Task A_client_that_knows_leaders_of_before_finds_those_of_now()
    {
        using var client = new KafkaClient(
            ClientSettings.Combine([KeyValuePair.Create(ClientProperties.BootstrapServers, site.BootstrapServers)]), TimeSpan.FromSeconds(30), TimeProvider.System);
        using var http = new HttpClient { BaseAddress = site.Brokers[0].HttpAddress };
        await AssertEndsAsync();

        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Delete])
        {
            using var request = new HttpRequestMessage(method, "/admin/drain");
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();
            await AssertEndsAsync();
        }

        async Task AssertEndsAsync()
        {
            var partitions = Enumerable.Range(0, ThreeBrokersSite.Partitions).Select(partition => new TopicPartition(ThreeBrokersSite.Topic, partition)).ToList();
            var ends = await new TopicCatalog(client).FindOffsetsAsync(partitions, OffsetSpec.Latest(), TestContext.Current.CancellationToken);
            Assert.All(ends.Values, end => Assert.Equal(100, end));
        }
    }

    [Fact]
    public async Task A_broker_that_is_killed_is_missed_until_it_is_back()
    {
        var page = await site.Browser.OpenAsync("/");
        await using var context = page.Context;
        await page.GetByText("Nothing needs attention.").WaitForAsync();

        await site.Brokers[2].KillAsync();
        await page.GetByText("Broker 3 is gone.").WaitForAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, "three-broker-gone.png") });

        // What it led, others lead now, and everything can be read.
        var messages = await site.Browser.OpenAsync($"/topics/{ThreeBrokersSite.Topic}/messages?from=beginning&limit=1000");
        await using var messagesContext = messages.Context;
        await messages.GetByText("600 found").WaitForAsync();

        await site.Brokers[2].StartAsync();
        await page.GetByText("Nothing needs attention.").WaitForAsync();
    }

    private static async Task DoAsync(ILocator dialog, string action)
    {
        await dialog.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }
}
