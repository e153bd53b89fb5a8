using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Testing;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>A real <c>kafscale dev</c> with topics, records and a group in it, and a browser that is signed in to its console.</summary>
public sealed partial class DevSite : IAsyncLifetime
{
    public const string Topic = "orders";
    public const string HostileTopic = "hostile";
    public const string Group = "billing";
    public const string Markup = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

    private readonly Dictionary<string, string> _noVariables = [];
    private HeadlessBrowser? _browser;

    public BrokerProcess Broker { get; private set; } = null!;

    public string BootstrapServers => Broker.BootstrapServers;

    /// <summary>Where pictures of pages go.</summary>
    public static string Screenshots { get; } = RepositoryRoot.File("artifacts", "test-results", "console");

    public async ValueTask InitializeAsync()
    {
        Broker = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument], _noVariables);
        await FillAsync();
        _browser = await HeadlessBrowser.StartAsync(Broker.HttpAddress);
        await _browser.SignInAsync(async page =>
        {
            await page.GotoAsync(await SignInLinkAsync());
            await page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        });
    }

    /// <summary>The link that the process has printed.</summary>
    public async Task<string> SignInLinkAsync()
    {
        string? link = null;
        await Eventually.HoldsAsync(
            () => (link = Link().Match(Broker.Output) is { Success: true } match ? match.Value : null) is not null, TimeSpan.FromSeconds(10), "The link is printed.");
        return link!;
    }

    /// <summary>A page in a browser that is signed in.</summary>
    /// <inheritdoc cref="HeadlessBrowser.OpenAsync" path="/param"/>
    public Task<IPage> OpenAsync(string path, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 800) =>
        _browser!.OpenAsync(path, scheme, width, height);

    /// <summary>A page in a browser that nobody has signed in.</summary>
    public Task<IPage> OpenAsStrangerAsync(string path) => _browser!.OpenAsync(path, isSignedIn: false);

    /// <summary>Produces one record without a key.</summary>
    public async Task ProduceAsync(string topic, string value)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = BootstrapServers }).Build();
        await producer.ProduceAsync(topic, new Message<Null, string> { Value = value });
    }

    /// <summary>Has a group commit an offset of every partition of <see cref="Topic"/>.</summary>
    public async Task CommitAsync(string group, long offset)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        await admin.AlterConsumerGroupOffsetsAsync(
        [
            new ConsumerGroupTopicPartitionOffsets(group, [.. Enumerable.Range(0, 6).Select(partition => new TopicPartitionOffset(Topic, partition, offset))]),
        ]);
    }

    /// <summary>What a group has committed of every partition of <see cref="Topic"/>.</summary>
    public async Task<long> CommittedAsync(string group)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        var result = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        return result[0].Partitions.Select(partition => partition.Offset.Value).Distinct().Single();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        Directory.CreateDirectory(Screenshots);
        await File.WriteAllTextAsync(Path.Combine(Screenshots, "broker.log"), Broker.Output);
        await Broker.DisposeAsync();
    }

    private async Task FillAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers }).Build();
        await admin.CreateTopicsAsync(
        [
            new TopicSpecification { Name = Topic, NumPartitions = 6, Configs = new() { ["retention.ms"] = "86400000" } },
            new TopicSpecification { Name = HostileTopic, NumPartitions = 1 },
            new TopicSpecification { Name = "payments", NumPartitions = 3 },
            new TopicSpecification { Name = "clicks", NumPartitions = 12 },
        ]);
        using var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = BootstrapServers, LingerMs = 5 }).Build();
        for (var i = 0; i < 300; i++)
        {
            var value = $$"""{"order":{{i}},"customer":"customer-{{i % 17}}","total":{{i * 3}}.5,"items":[{"sku":"A-{{i % 5}}","count":{{1 + (i % 4)}}}]}""";
            var message = new Message<byte[]?, byte[]?> { Key = Bytes($"customer-{i % 17}"), Value = Bytes(value), Headers = [new Confluent.Kafka.Header("trace", Bytes($"t-{i}"))] };
            producer.Produce(new TopicPartition(Topic, i % 6), message);
        }

        producer.Produce(new TopicPartition(Topic, 0), new Message<byte[]?, byte[]?> { Key = Bytes("gone"), Value = null });
        producer.Produce(
            HostileTopic, new Message<byte[]?, byte[]?> { Key = Bytes(Markup), Value = Bytes(Markup), Headers = [new Confluent.Kafka.Header(Markup, Bytes(Markup))] });
        producer.Flush(TimeSpan.FromSeconds(30));
        await CommitAsync(Group, 20);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    [GeneratedRegex(@"http://\S+/sign-in/link\?token=\S+")]
    private static partial Regex Link();
}
