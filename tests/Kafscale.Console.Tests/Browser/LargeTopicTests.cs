using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Kafscale.Testing;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>A topic of a GiB, looked through from its beginning to its end.</summary>
[Trait("Category", "Long")]
public sealed class LargeTopicTests
{
    private const string Topic = "large";
    private const int Partitions = 4;
    private const int RecordBytes = 10 << 10;
    private const int Records = 100 << 10;
    private const long MaxGrowthBytes = 256L << 20;

    [Fact]
    public async Task Reading_it_streams_and_stops_and_takes_bounded_memory()
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        Fill(broker.BootstrapServers);
        await using var console = await ConsoleProcess.StartAsync(broker.BootstrapServers, [broker.HttpAddress]);
        await using var browser = await HeadlessBrowser.StartAsync(console.Address);
        await browser.SignInAsync(ConsoleProcess.SignInAsync);
        var page = await browser.OpenAsync($"/topics/{Topic}/messages");
        await using var context = page.Context;
        await page.GetByText("100 found").WaitForAsync();
        using var process = Process.GetProcessById(console.ProcessId);
        var before = process.WorkingSet64;

        // Nothing is found, so everything is looked through; 1,000 that are found are the most that are kept.
        var started = Stopwatch.GetTimestamp();
        await page.GotoAsync($"/topics/{Topic}/messages?from=beginning&limit=1000&value=is-in-none");
        var (peak, heap) = (before, 0.0);
        await Eventually.HoldsAsync(
            async () =>
            {
                process.Refresh();
                peak = Math.Max(peak, process.WorkingSet64);
                heap = Math.Max(heap, await page.EvaluateAsync<double>("performance.memory.usedJSHeapSize"));
                return await page.GetByText($"0 found, {Units(Records)} looked at").CountAsync() > 0 && await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).CountAsync() == 0;
            },
            TimeSpan.FromMinutes(4));
        var took = Stopwatch.GetElapsedTime(started);

        await page.GotoAsync($"/topics/{Topic}/messages?from=beginning&limit=1000&value=is-in-none");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.GetByText("Stopped: 0 found").WaitForAsync(new() { Timeout = 5000 });

        Directory.CreateDirectory(DevSite.Screenshots);
        await File.WriteAllTextAsync(
            Path.Combine(DevSite.Screenshots, "large-topic.txt"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"1 GiB looked through in {took.TotalSeconds:0.0} s; console {before >> 20} MiB before, {peak >> 20} MiB at most; JavaScript heap {heap / (1 << 20):0.0} MiB at most\n"));
        Assert.InRange(peak - before, 0, MaxGrowthBytes);
        Assert.InRange(heap, 1, 64 << 20);
    }

    private static string Units(long count) => count.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    private static void Fill(string bootstrapServers)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).Build();
        admin.CreateTopicsAsync([new() { Name = Topic, NumPartitions = Partitions }]).GetAwaiter().GetResult();
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = bootstrapServers, LingerMs = 20, BatchSize = 1 << 20 }).Build();
        var value = new byte[RecordBytes];
        for (var i = 0; i < Records; i++)
        {
            while (true)
            {
                try
                {
                    producer.Produce(new TopicPartition(Topic, i % Partitions), new Message<Null, byte[]> { Value = value });
                    break;
                }
                catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
                {
                    producer.Poll(TimeSpan.FromMilliseconds(100));
                }
            }
        }

        producer.Flush(TimeSpan.FromMinutes(2));
    }
}
