using System.Buffers;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Checkpoints;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>A start reads the checkpoints, and no more of them than there are.</summary>
[Collection(nameof(AloneCollection))]
public sealed class CheckpointStartTests(ITestOutputHelper output)
{
    private const int Topics = 100;
    private const int PartitionsPerTopic = 100;
    private const int CheckpointCount = 10;
    private const int CommitsPerCheckpoint = 10;
    private const long Session = 2;

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Ten_thousand_partitions_whose_tails_are_in_checkpoints_are_led_within_five_seconds()
    {
        await using var cluster = new TestCluster();
        await PreparedPartitions.WriteAsync(cluster, Topics, PartitionsPerTopic, segmentCount: 1, TestCluster.Cancelled);
        var bytes = await WriteCheckpointsAsync(cluster);

        var startedAt = TimeProvider.System.GetTimestamp();
        var broker = await cluster.StartAsync();
        var took = TimeProvider.System.GetElapsedTime(startedAt);
        output.WriteLine($"Ready after {took.TotalMilliseconds:F0} ms, with {CheckpointCount} checkpoints of {bytes} bytes in all.");

        // Whose the bucket is, and that the metadata are not older than it; and each checkpoint once.
        Assert.Equal(3 + CheckpointCount, broker.Faults.Done.Count(done => done.Operation <= StoreOperation.ObjectDelete));
        Assert.Equal(CheckpointCount, broker.Faults.Count(StoreOperation.ObjectRead, "/checkpoint/"));
        Assert.All(broker.Node.Services.Cluster.Topics, topic => Assert.All(topic.Partitions, log =>
        {
            Assert.NotNull(log.Appender);
            Assert.Equal(1_000 + CheckpointCount, log.HighWatermark);
        }));
        Assert.InRange(took, TimeSpan.Zero, LongestStart);
    }

    // Each checkpoint has one slice of every partition, in ten WAL objects.
    private static async Task<long> WriteCheckpointsAsync(TestCluster cluster)
    {
        var topicIds = (await cluster.MetadataUnderAsync(cluster.Keys.Topics)).Select(entry => TopicRecord.Parser.ParseFrom(entry.Value.Span).TopicId).ToList();
        var list = new CheckpointsRecord();
        var written = 0L;
        for (var version = 0; version < CheckpointCount; version++)
        {
            var commits = topicIds.Chunk(Topics / CommitsPerCheckpoint)
                .Select((some, i) => new CheckpointedCommit((version * CommitsPerCheckpoint) + i, CommitOf(some, 1_000 + version).ToByteArray()))
                .ToList();
            var bytes = new Checkpoint { Writer = Session, Version = version, Session = Session, CreatedAtMs = 0, Commits = commits }.ToBytes();
            await cluster.Objects.PutAsync(
                cluster.ObjectKeys.Checkpoint(Session, version), new ReadOnlySequence<byte>(bytes), PutCondition.IfNoneMatch, TestCluster.Cancelled);
            written += bytes.Length;
            list.ThroughSequence = commits[^1].Sequence;
            list.Checkpoints.Add(new CheckpointRecord
            {
                Writer = Session,
                Version = version,
                FirstSequence = commits[0].Sequence,
                LastSequence = commits[^1].Sequence,
                Bytes = bytes.Length,
            });
        }

        await cluster.Metadata.CommitAsync(
            new MetadataTransaction { Then = [new Operation.Put(cluster.Keys.CheckpointsOf(Session), list.ToByteArray())] }, TestCluster.Cancelled);
        return written;
    }

    private static CommitRecord CommitOf(IEnumerable<ByteString> topicIds, long offset)
    {
        var commit = new CommitRecord { ObjectLength = 1_000_000, CreatedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() };
        foreach (var topicId in topicIds)
        {
            var topic = new TopicSlicesRecord { TopicId = topicId };
            topic.Slices.AddRange(Enumerable.Range(0, PartitionsPerTopic).Select(partition => new SliceRecord
            {
                Partition = partition,
                LeaderEpoch = 3,
                BaseOffset = offset,
                EndOffset = offset + 1,
                Position = 32 + (partition * 150),
                Length = 150,
                MaxTimestampMs = 1,
            }));
            commit.Topics.Add(topic);
        }

        return commit;
    }
}
