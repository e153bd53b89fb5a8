using System.Text;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>
/// Whatever happens to a file of a stopped broker: it does not start and says which file it is, or it starts and gives out what was acknowledged
/// and nothing else. What it cannot give out, it says in its log; other topics have nothing to do with it.
/// </summary>
public sealed class DamagedFileTests(StoredFiles files) : IClassFixture<StoredFiles>
{
    private const string Stack = "   at ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Where records may be missing, nobody says when to stop waiting for them.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(StoredFileKind.Segment, FileDamage.Flipped)]
    [InlineData(StoredFileKind.Segment, FileDamage.OfALaterVersion)]
    [InlineData(StoredFileKind.Index, FileDamage.Flipped)]
    [InlineData(StoredFileKind.LastWalObjects, FileDamage.Flipped)]
    [InlineData(StoredFileKind.Manifest, FileDamage.Flipped)]
    [InlineData(StoredFileKind.Checkpoint, FileDamage.Flipped)]
    [InlineData(StoredFileKind.ClusterMark, FileDamage.Flipped)]
    [InlineData(StoredFileKind.Snapshot, FileDamage.Flipped)]
    [InlineData(StoredFileKind.Metadata, FileDamage.Removed)]
    [InlineData(StoredFileKind.Lock, FileDamage.Emptied)]
    public Task A_damaged_file_is_named_and_no_record_is_another_one(StoredFileKind kind, FileDamage damage) => TryAsync(kind, damage);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(StoredFileKind.Segment, FileDamage.Halved)]
    [InlineData(StoredFileKind.Segment, FileDamage.Removed)]
    [InlineData(StoredFileKind.Index, FileDamage.Halved)]
    [InlineData(StoredFileKind.Index, FileDamage.Emptied)]
    [InlineData(StoredFileKind.Index, FileDamage.Removed)]
    [InlineData(StoredFileKind.Index, FileDamage.OfALaterVersion)]
    [InlineData(StoredFileKind.LastWalObjects, FileDamage.Halved)]
    [InlineData(StoredFileKind.LastWalObjects, FileDamage.Emptied)]
    [InlineData(StoredFileKind.LastWalObjects, FileDamage.Removed)]
    [InlineData(StoredFileKind.Manifest, FileDamage.Emptied)]
    [InlineData(StoredFileKind.Manifest, FileDamage.OfALaterVersion)]
    [InlineData(StoredFileKind.Checkpoint, FileDamage.Halved)]
    [InlineData(StoredFileKind.Checkpoint, FileDamage.Removed)]
    [InlineData(StoredFileKind.ClusterMark, FileDamage.Emptied)]
    [InlineData(StoredFileKind.Snapshot, FileDamage.Removed)]
    [InlineData(StoredFileKind.Metadata, FileDamage.Halved)]
    [InlineData(StoredFileKind.Metadata, FileDamage.Emptied)]
    [InlineData(StoredFileKind.Lock, FileDamage.Removed)]
    public Task A_file_that_is_damaged_in_other_ways_is_named_and_no_record_is_another_one(StoredFileKind kind, FileDamage damage) =>
        TryAsync(kind, damage);

    private async Task TryAsync(StoredFileKind kind, FileDamage damage)
    {
        await files.RestoreAsync();
        files.Damage(kind, damage);
        switch (kind)
        {
            // The header of a segment is not read by those who know from the manifest where its batches are.
            case StoredFileKind.Segment:
                await StartsAndLacksAsync(StoredFiles.Merged, damage == FileDamage.OfALaterVersion ? [] : [".kfs"]);
                break;
            case StoredFileKind.Index:
                await StartsAndLacksAsync(lacking: null, [], from: 55);
                break;
            case StoredFileKind.LastWalObjects:
                await StartsAndLacksAsync(StoredFiles.Tail, [".wal"]);
                break;
            case StoredFileKind.Manifest:
                await StartsAndLacksAsync(StoredFiles.Merged, ["meta/manifest/"]);
                break;
            case StoredFileKind.Checkpoint:
                await IsRefusedAsync(
                    "default/meta/checkpoint/", damage == FileDamage.Removed ? "The object is missing, and the metadata name it" : "is corrupt at byte", "kafscale storage rebuild");
                break;
            case StoredFileKind.ClusterMark:
                await IsRefusedAsync("default/meta/cluster/", "is corrupt at byte", "Put back a copy of it");
                break;
            case StoredFileKind.Snapshot:
                await StartsAndLacksAsync(lacking: null, []);
                break;
            case StoredFileKind.Metadata:
                await IsRefusedAsync(damage == FileDamage.Halved ? "is damaged or is no such database" : "of which the metadata store knows nothing", "metadata");
                break;
            case StoredFileKind.Lock:
                await StartsAndLacksAsync(lacking: null, []);
                break;
        }
    }

    private async Task IsRefusedAsync(params string[] expected)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(files.Broker.StartAsync);

        var output = files.Broker.Output;
        Assert.All(expected, part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.StartsWith("kafscale dev could not start: ", output, StringComparison.Ordinal);
        Assert.Equal(1, output.Count(character => character == '\n'));
        Assert.Contains("ended with 1", refusal.Message, StringComparison.Ordinal);
    }

    private async Task StartsAndLacksAsync(string? lacking, string[] named, long from = 0)
    {
        await files.Broker.StartAsync();
        foreach (var (topic, acknowledged) in files.Acknowledged)
        {
            var start = topic == StoredFiles.Merged ? from : 0;
            var expected = (int)(acknowledged.Count - start);
            var read = Read(topic, start, expected, topic == lacking ? Silence : Patience);
            Assert.All(read, record => Assert.Equal(acknowledged[record.Key], record.Value));
            Assert.True(topic == lacking || read.Count == expected, $"Of {topic}, {read.Count} of {expected} records are there.");
        }

        Assert.Equal(0, await files.Broker.StopAsync());
        Assert.All(named, part => Assert.Contains(part, files.Broker.Output, StringComparison.Ordinal));
        Assert.DoesNotContain(Stack, files.Broker.Output, StringComparison.Ordinal);
    }

    // As far as records come; the client checks nothing.
    private Dictionary<long, string> Read(string topic, long from, int count, TimeSpan patience)
    {
        var records = new Dictionary<long, string>();
        using var consumer = ConfluentClient.Consumer(new ConsumerConfig
        {
            BootstrapServers = files.Broker.BootstrapServers,
            GroupId = "damage",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            CheckCrcs = false,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, from));
        while (records.Count < count)
        {
            try
            {
                if (consumer.Consume(patience) is not { } result)
                {
                    return records;
                }

                records.Add(result.Offset.Value, Encoding.UTF8.GetString(result.Message.Value!));
            }
            catch (ConsumeException)
            {
                return records;
            }
        }

        return records;
    }
}
