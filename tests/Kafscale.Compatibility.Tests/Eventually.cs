namespace Kafscale.Compatibility.Tests;

/// <summary>Waits for what a test can only look at from outside.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string expectation)
    {
        using var timer = new PeriodicTimer(Interval);
        using var deadline = new CancellationTokenSource(Timeout);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
            {
                Assert.Fail($"Not within {Timeout.TotalSeconds} s: {expectation}");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    public static Task IsTrueAsync(Func<bool> condition, string expectation) => IsTrueAsync(() => Task.FromResult(condition()), expectation);
}
