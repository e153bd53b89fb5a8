using Kafscale.Broker.Network;

namespace Kafscale.Broker.Tests.Network;

public sealed class AsyncSignalTests
{
    [Fact]
    public void A_signal_before_the_wait_is_kept_and_several_are_one()
    {
        var signal = new InlineSignal(resumesInline: true);
        signal.Set();
        signal.Set();

        Assert.True(signal.WaitAsync().AsTask().IsCompleted);
        Assert.False(signal.WaitAsync().AsTask().IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_signal_is_lost_between_threads(bool resumesInline)
    {
        const int Rounds = 100_000;
        var signal = new InlineSignal(resumesInline);
        int produced = 0;
        int consumed = 0;
        Task consuming = Task.Run(async () =>
        {
            while (consumed < Rounds)
            {
                await signal.WaitAsync();
                consumed = Volatile.Read(ref produced);
            }
        });
        Task[] producing = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Rounds / 2; i++)
            {
                Interlocked.Increment(ref produced);
                signal.Set();
            }
        }))];

        await Task.WhenAll([consuming, .. producing]).WaitAsync(TestClient.Patience);
        Assert.Equal(Rounds, consumed);
    }
}
