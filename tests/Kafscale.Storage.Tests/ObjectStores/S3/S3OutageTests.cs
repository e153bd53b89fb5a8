using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>A real server that hangs, dies and comes back; one of its own, because nobody else could work with it meanwhile.</summary>
public sealed class S3OutageTests : IAsyncLifetime
{
    private static readonly TimeSpan ShortPatience = TimeSpan.FromMilliseconds(500);

    private RadosGateway _gateway = null!;
    private S3ObjectStore _store = null!;

    // For what is to fail: a server that is asked for the first time may take longer than that.
    private S3ObjectStore _impatient = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _gateway = await RadosGateway.StartAsync();
        var bucket = await _gateway.CreateBucketAsync();
        _store = new S3ObjectStore(bucket, TimeProvider.System);
        _impatient = new S3ObjectStore(bucket with { RequestTimeout = ShortPatience }, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _impatient.Dispose();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_put_that_timed_out_may_take_effect_later_and_the_next_conditional_one_finds_it()
    {
        var zone = _gateway.Zones[0];
        await _store.PutAsync("before", Bodies.Whole([1]), PutCondition.IfNoneMatch, Cancellation);

        zone.Send(Signal.Stop);
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(
            async () => await _impatient.PutAsync("ambiguous", Bodies.Whole([2]), PutCondition.IfNoneMatch, Cancellation));
        Assert.Equal(ObjectStoreFailure.TimedOut, exception.Failure);
        zone.Send(Signal.Continue);

        await Eventually.HoldsAsync(async () => await _store.HeadAsync("ambiguous", Cancellation) is not null, TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<ObjectAlreadyExistsException>(
            async () => await _store.PutAsync("ambiguous", Bodies.Whole([2]), PutCondition.IfNoneMatch, Cancellation));
    }

    [Fact]
    public async Task A_server_that_died_is_not_available_and_one_that_came_back_has_everything()
    {
        var zone = _gateway.Zones[0];
        await _store.PutAsync("kept", Bodies.Whole([1, 2, 3]), PutCondition.IfNoneMatch, Cancellation);

        await zone.KillAsync();
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(async () => await _store.HeadAsync("kept", Cancellation));
        Assert.Equal(ObjectStoreFailure.Unavailable, exception.Failure);
        await zone.StartAsync();

        Assert.Equal(3, (await _store.HeadAsync("kept", Cancellation))!.Value.Length);
    }
}
