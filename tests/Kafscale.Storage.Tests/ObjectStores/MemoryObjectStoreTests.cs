using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class MemoryObjectStoreTests : ObjectStoreContract
{
    private readonly StoppedClock _clock = new();

    [Fact]
    public async Task The_time_of_an_object_is_the_clock_s_at_its_last_put()
    {
        await PutAsync("timed", [1]);
        var firstTime = _clock.Now;
        Assert.Equal(firstTime, (await Store.HeadAsync("timed", Cancellation))!.Value.LastModified);
        _clock.Now += TimeSpan.FromSeconds(5);
        await PutAsync("timed", [1]);
        Assert.Equal(firstTime.AddSeconds(5), (await Store.HeadAsync("timed", Cancellation))!.Value.LastModified);
    }

    protected override ValueTask<IObjectStore> OpenAsync() => ValueTask.FromResult<IObjectStore>(new MemoryObjectStore(_clock));

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;

    private sealed class StoppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
