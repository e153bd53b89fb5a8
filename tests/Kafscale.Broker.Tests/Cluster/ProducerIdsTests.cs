using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;

namespace Kafscale.Broker.Tests.Cluster;

public sealed class ProducerIdsTests : IAsyncDisposable
{
    private readonly MemoryMetadataStore _memory = new(TimeProvider.System);
    private readonly UnreliableMetadataStore _store;
    private readonly Deadline _deadline = new(60_000, TimeProvider.System, Token);

    public ProducerIdsTests()
    {
        _store = new UnreliableMetadataStore(_memory);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _deadline.Dispose();
        return _memory.DisposeAsync();
    }

    [Fact]
    public async Task No_id_is_given_out_twice_by_several_brokers_at_once()
    {
        var brokers = Enumerable.Range(0, 4).Select(_ => Broker()).ToList();

        var ids = await Task.WhenAll(brokers.SelectMany(broker => Enumerable.Range(0, 4).Select(_ => Task.Run(() => TakeAsync(broker, 700), Token))));

        Assert.Equal(4 * 4 * 700, ids.SelectMany(taken => taken).Distinct().Count());
        brokers.ForEach(broker => broker.Dispose());
    }

    [Fact]
    public async Task No_id_is_given_out_again_after_a_restart()
    {
        using var before = Broker();
        var last = (await TakeAsync(before, 3)).Max();

        using var after = Broker();

        Assert.True(await after.NextAsync(_deadline) > last);
    }

    [Fact]
    public async Task A_block_whose_answer_was_lost_is_not_used()
    {
        using var broker = Broker();
        _store.AnswersToLose = 1;

        Assert.Equal(ProducerIds.BlockSize, await broker.NextAsync(_deadline));
    }

    [Fact]
    public async Task A_silent_store_gives_no_id_and_does_no_harm()
    {
        using var broker = Broker();
        _store.CommitsToRefuse = 3;

        Assert.Null(await broker.NextAsync(_deadline));
        Assert.Equal(0, await broker.NextAsync(_deadline));
    }

    [Fact]
    public async Task One_write_is_enough_for_a_block()
    {
        using var broker = Broker();
        await broker.NextAsync(_deadline);
        _store.CommitsToRefuse = 3;

        Assert.Equal(ProducerIds.BlockSize - 1, (await TakeAsync(broker, ProducerIds.BlockSize - 1)).Max());
    }

    private async Task<List<long>> TakeAsync(ProducerIds broker, int count)
    {
        var ids = new List<long>();
        for (var i = 0; i < count; i++)
        {
            ids.Add((await broker.NextAsync(_deadline))!.Value);
        }

        return ids;
    }

    private ProducerIds Broker() => new(
        new CompareAndSwap(_store, new RetryBackoff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), TimeProvider.System, new Random(1))),
        new MetadataKeys("/test"));
}
