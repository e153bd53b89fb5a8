using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata.Sqlite;
using Kafscale.Protocol;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>A start does not look at what is in the object store, however much that is.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ManySegmentsStartTests(ITestOutputHelper output)
{
    private const int Topics = 100;
    private const int PartitionsPerTopic = 100;
    private const int SegmentsPerPartition = 10;
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_partitions_of_a_hundred_thousand_segments_are_led_within_five_seconds() =>
        await StartAsync(new MemoryObjectStore(TimeProvider.System));

    [Fact]
    [Trait("Category", "Long")]
    public async Task Ten_thousand_partitions_of_a_hundred_thousand_segments_in_S3_are_led_within_five_seconds()
    {
        await using var gateway = await RadosGateway.StartAsync();
        using var store = new S3ObjectStore(await gateway.CreateBucketAsync(), TimeProvider.System);
        await StartAsync(store);
    }

    private async Task StartAsync(IObjectStore objects)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metadata.db");
        await using (var metadata = SqliteMetadataStore.Open(new SqliteMetadataOptions(path), TimeProvider.System))
        {
            await using var before = new TestCluster(objects: objects, metadata: metadata);
            await PreparedPartitions.WriteAsync(before, Topics, PartitionsPerTopic, SegmentsPerPartition, Cancellation);
        }

        var startedAt = TimeProvider.System.GetTimestamp();
        await using var cluster = new TestCluster(objects: objects, metadata: SqliteMetadataStore.Open(new SqliteMetadataOptions(path), TimeProvider.System));
        var broker = await cluster.StartAsync();
        var took = TimeProvider.System.GetElapsedTime(startedAt);
        output.WriteLine($"Ready after {took.TotalMilliseconds:F0} ms.");

        // Whose the bucket is, and that the metadata are not older than it; nothing of any partition.
        Assert.Equal(3, broker.Faults.Done.Count(done => done.Operation <= StoreOperation.ObjectDelete));
        Assert.All(broker.Node.Services.Cluster.Topics, topic => Assert.All(topic.Partitions, log => Assert.NotNull(log.Appender)));
        Assert.InRange(took, TimeSpan.Zero, LongestStart);

        // What was there before counts: the record that a producer sends again is known.
        var again = await broker.ProduceAsync("t0042", 7, Batches.Idempotent(7, 0, 0, "again"));
        Assert.Equal((ErrorCode.None, (SegmentsPerPartition * 1_000) - 1), (again.ErrorCode, again.BaseOffset));
        Assert.Equal(SegmentsPerPartition * 1_000, await broker.MustProduceAsync("t0042", 7, Batches.Idempotent(7, 0, 1, "next")));
        Assert.Equal(1, broker.Faults.Count(StoreOperation.ObjectRead, "/manifest/"));
    }
}
