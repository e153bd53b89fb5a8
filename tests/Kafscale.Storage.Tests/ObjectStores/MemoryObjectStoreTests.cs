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

    [Fact]
    public async Task The_memory_of_objects_that_are_gone_is_used_again()
    {
        var body = new byte[8 * 1024 * 1024];
        await PutAsync("object", body);
        await Store.DeleteAsync(["object"], Cancellation);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            await PutAsync("replaced", body);
        }

        await Store.DeleteAsync(["replaced"], Cancellation);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2L * body.Length);
    }

    [Fact]
    public async Task What_is_put_where_another_object_was_has_nothing_of_it()
    {
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var body = new byte[random.Next(1024 * 1024)];
            random.NextBytes(body);
            await PutAsync("object", body);
            var offset = random.Next(body.Length + 1);
            var read = new byte[random.Next(1024 * 1024)];
            var count = await Store.ReadAsync("object", offset, read, Cancellation);
            Assert.Equal(Math.Min(read.Length, body.Length - offset), count);
            Assert.True(body.AsSpan(offset, count).SequenceEqual(read.AsSpan(0, count)));
        }
    }

    protected override ValueTask<IObjectStore> OpenAsync() => ValueTask.FromResult<IObjectStore>(new MemoryObjectStore(_clock));

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;

    private sealed class StoppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
