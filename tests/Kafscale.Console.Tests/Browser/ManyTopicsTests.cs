using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>A cluster of 10,000 topics with 40,000 partitions and 2,000 groups.</summary>
[Trait("Category", "Long")]
public sealed class ManyTopicsTests
{
    private const int Topics = 10_000;
    private const int PartitionsOfTopic = 4;
    private const int Groups = 2_000;
    private const int Scrolls = 5;

    [Fact]
    public async Task Lists_are_usable_at_once_and_scroll_to_their_end()
    {
        await using var site = new DevSite();
        await site.InitializeAsync();
        await FillAsync(site.BootstrapServers);
        var page = await site.OpenAsync("/topics?q=topic-09999");
        await using var context = page.Context;
        await page.GetByRole(AriaRole.Link, new() { Name = "topic-09999" }).WaitForAsync(new() { Timeout = 120_000 });

        var started = Stopwatch.GetTimestamp();
        await page.GotoAsync("/topics");
        await page.GetByRole(AriaRole.Link, new() { Name = "topic-00000" }).WaitForAsync();
        var topicsShown = Stopwatch.GetElapsedTime(started);
        var framesPerSecond = new List<double>();
        while (framesPerSecond.Count < Scrolls)
        {
            framesPerSecond.Add(await ScrollUpAsync(page));
        }

        started = Stopwatch.GetTimestamp();
        await page.GotoAsync("/groups");
        await page.GetByRole(AriaRole.Link, new() { Name = "group-0000" }).WaitForAsync();
        var groupsShown = Stopwatch.GetElapsedTime(started);

        await File.WriteAllTextAsync(
            Path.Combine(DevSite.Screenshots, "many-topics.txt"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"Topics shown after {topicsShown.TotalMilliseconds:0} ms, groups after {groupsShown.TotalMilliseconds:0} ms\nframes a second while scrolling: {string.Join(' ', framesPerSecond.Select(frames => frames.ToString("0.0", CultureInfo.InvariantCulture)))}\n"));
        Assert.InRange(topicsShown, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.InRange(groupsShown, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    // From the end, 400 pixels a frame for two seconds.
    private static async Task<double> ScrollUpAsync(IPage page)
    {
        var list = page.Locator(".list");
        await list.EvaluateAsync("list => list.scrollTo(0, list.scrollHeight)");
        await page.GetByRole(AriaRole.Link, new() { Name = "topic-09999" }).WaitForAsync();
        return await list.EvaluateAsync<double>(
            """
            list => new Promise(done => {
              let frames = 0;
              const start = performance.now();
              function step(now) {
                frames++;
                list.scrollTop -= 400;
                if (now - start < 2000) { requestAnimationFrame(step); } else { done(frames * 1000 / (now - start)); }
              }
              requestAnimationFrame(step);
            })
            """);
    }

    private static async Task FillAsync(string bootstrapServers)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).Build();
        var options = new CreateTopicsOptions { RequestTimeout = TimeSpan.FromSeconds(60), OperationTimeout = TimeSpan.FromSeconds(60) };
        foreach (var batch in Enumerable.Range(0, Topics).Chunk(500))
        {
            await admin.CreateTopicsAsync(batch.Select(i => new TopicSpecification { Name = $"topic-{i:00000}", NumPartitions = PartitionsOfTopic }), options);
        }

        foreach (var batch in Enumerable.Range(0, Groups).Chunk(32))
        {
            await Task.WhenAll(batch.Select(i => admin.AlterConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitionOffsets($"group-{i:0000}", [new TopicPartitionOffset($"topic-{i:00000}", 0, 0)])])));
        }
    }
}
