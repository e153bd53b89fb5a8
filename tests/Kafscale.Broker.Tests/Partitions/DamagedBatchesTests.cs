using System.Buffers;
using System.Text;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>A store that gives back other bytes than it was given.</summary>
public sealed class DamagedBatchesTests
{
    [Fact]
    public async Task Damaged_batches_are_neither_read_nor_merged()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Of("first"), Batches.Of("second"), Batches.Of("third"));
        var key = Assert.Single(await cluster.WalObjectsAsync());
        await ChangeAsync(cluster.Objects, key, "second");

        broker = await cluster.CrashAndRestartAsync(broker);

        await AssertIsNotMergedAsync(cluster, broker, key);
        Assert.Equal(["first"], Values(await broker.FetchAsync("orders", 0, 0)));
        Assert.Equal(ErrorCode.CorruptMessage, (await broker.FetchAsync("orders", 0, 1)).Error);
        Assert.Equal(["third"], Values(await broker.FetchAsync("orders", 0, 2)));

        // And no more from the cache, which now has them.
        await AssertIsNotMergedAsync(cluster, broker, key);
        Assert.Equal(ErrorCode.CorruptMessage, (await broker.FetchAsync("orders", 0, 1)).Error);
    }

    [Fact]
    public void Batches_are_right_up_to_the_first_that_is_not()
    {
        byte[] batches = [.. At(5, "a", "b"), .. At(7, "c"), .. At(8, "d")];
        var first = At(5, "a", "b").Length;
        var second = first + At(7, "c").Length;

        Assert.Equal((batches.Length, 9, null), Check(batches));
        Assert.Equal((second, 8, null), Check(batches[..^1]));
        Assert.Equal((0, 0, null), Check(batches[..30]));

        byte[] changed = [.. batches];
        changed[second - 1] ^= 1;
        Assert.Equal((first, 7), (Check(changed).Length, Check(changed).NextOffset));
        Assert.StartsWith("The CRC of the batch of offset 7 is ", Check(changed).Problem, StringComparison.Ordinal);

        // Which of the two has the wrong offset, nobody can tell.
        Assert.Equal((0, 0, "A batch with offset 9 follows on one that ends before 7."), Check([.. At(5, "a", "b"), .. At(9, "c")]));
    }

    private static async Task AssertIsNotMergedAsync(TestCluster cluster, TestBroker broker, string key)
    {
        var slice = Assert.Single(broker.Log("orders").Tail);
        using var input = await MergeInput.ReadAsync([slice], broker.Node.Services.Cache, cluster.Objects, TestCluster.Cancelled);

        var exception = Assert.Throws<CorruptObjectException>(() => input[slice]);
        Assert.Equal(key, exception.Key);
        Assert.Contains("The CRC of the batch of offset 1 is ", exception.Message, StringComparison.Ordinal);
    }

    private static async Task ChangeAsync(IObjectStore objects, string key, string value)
    {
        var bytes = (await WholeObject.ReadAsync(objects, key, TestCluster.Cancelled)).ToArray();
        bytes[bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(value))] ^= 1;
        await objects.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, TestCluster.Cancelled);
    }

    private static IEnumerable<string> Values(FetchedPartition fetched)
    {
        Assert.Equal(ErrorCode.None, fetched.Error);
        return fetched.Records.Select(record => record.Value);
    }

    private static byte[] At(long offset, params string[] values)
    {
        var batch = Batches.Of(values);
        RecordBatchHeader.Stamp(batch, offset, 0);
        return batch;
    }

    private static (long Length, long NextOffset, string? Problem) Check(byte[] bytes)
    {
        var length = StoredBatches.CheckedLength(new ReadOnlySequence<byte>(bytes), out var nextOffset, out var problem);
        return (length, nextOffset, problem);
    }
}
