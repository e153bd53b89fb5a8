using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>
/// Random histories of producing with retries, merging, store faults, lost sessions and crashes, against a model that knows what was
/// acknowledged and what each producer sent.
/// </summary>
public sealed class RandomHistoryTests
{
    private const int PartitionCount = 3;
    private const int ProducerCount = 3;
    private const int Steps = 60;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_every_acknowledged_record_is_at_its_offset_and_none_is_there_twice(int seed)
    {
        var random = new Random(seed);
        await using var cluster = new TestCluster(seed: seed);
        cluster.Options = cluster.Options with { Flusher = cluster.Options.Flusher with { UploadDeadline = TimeSpan.FromMilliseconds(500) } };
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", PartitionCount, ("segment.bytes", "2000"));
        var acknowledged = new Dictionary<(int Partition, long Offset), string>();
        var producers = Enumerable.Range(0, ProducerCount).Select(id => new HistoryProducer(id, acknowledged)).ToList();

        for (var step = 0; step < Steps; step++)
        {
            if (broker.Faults.IsCut)
            {
                broker = await cluster.CrashAndRestartAsync(broker);
                await AssertHoldsAsync(broker, acknowledged, producers);
            }

            AddFault(broker.Faults, random);
            switch (random.Next(20))
            {
                case 0:
                    broker.Faults.Clear();
                    broker = await cluster.CrashAndRestartAsync(broker);
                    await AssertHoldsAsync(broker, acknowledged, producers);
                    break;
                case 1:
                    await broker.ExpireSessionAsync();
                    break;
                case 2:
                    // A crash in the middle of whatever comes next.
                    CutSomewhere(broker.Faults, random);
                    break;
                case 3 when !broker.Faults.ClearUnlessCut():
                    break;
                case 3:
                    await AssertHoldsAsync(broker, acknowledged, producers);
                    break;
                default:
                    break;
            }

            var current = broker;
            var rounds = producers.Select(producer => producer.SendAsync(current, random.Next(PartitionCount), random.Next(1, 4), random.Next(1, 6))).ToList();
            await Task.WhenAll(rounds);

            // A broker that registers again refuses everything meanwhile, which would be no history.
            await TestBroker.UntilAsync(() => broker.IsRunning || broker.Faults.IsCut);
        }

        broker.Faults.Clear();
        broker = await cluster.CrashAndRestartAsync(broker);
        await Task.WhenAll(producers.Select(producer => producer.FinishAsync(broker)));
        await AssertHoldsAsync(broker, acknowledged, producers);
        await broker.StopAsync();
        await AssertHoldsAsync(await cluster.StartAsync(), acknowledged, producers);
        Assert.True(acknowledged.Count > Steps, "Too little was stored for this to say anything.");
    }

    private static async Task AssertHoldsAsync(
        TestBroker broker, Dictionary<(int Partition, long Offset), string> acknowledged, List<HistoryProducer> producers)
    {
        await broker.UntilLeadingAsync("orders");
        for (var partition = 0; partition < PartitionCount; partition++)
        {
            var values = await broker.ReadValuesAsync("orders", partition);
            foreach (var ((_, offset), value) in acknowledged.Where(record => record.Key.Partition == partition))
            {
                Assert.True(offset < values.Count, $"{value} was acknowledged at {partition}/{offset}, and the log ends at {values.Count}.");
                Assert.Equal(value, values[(int)offset]);
            }

            foreach (var producer in producers)
            {
                producer.AssertStoredInOrder(partition, values);
            }
        }
    }

    private static void AddFault(Faults faults, Random random)
    {
        var operations = new[] { StoreOperation.ObjectPut, StoreOperation.MetadataCommit, StoreOperation.ObjectRead, StoreOperation.ObjectHead, StoreOperation.ObjectDelete };
        var operation = operations[random.Next(operations.Length)];
        switch (random.Next(6))
        {
            case 0:
                faults.FailBefore(operation, times: random.Next(1, 4));
                break;
            case 1:
                faults.FailAfter(operation, times: random.Next(1, 3));
                break;
            case 2:
                faults.FailBefore(StoreOperation.ObjectPut, "/wal/", exception: new ArgumentException("Fails for good."));
                break;
            default:
                break;
        }
    }

    private static void CutSomewhere(Faults faults, Random random)
    {
        var operation = random.Next(3) switch
        {
            0 => StoreOperation.MetadataCommit,
            1 => StoreOperation.ObjectDelete,
            _ => StoreOperation.ObjectPut,
        };
        faults.CutAt(operation, "", random.Next(2) == 0);
    }
}
