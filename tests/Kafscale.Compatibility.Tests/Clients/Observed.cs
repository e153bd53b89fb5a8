namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>State that several readers change and that a test waits for.</summary>
internal sealed class Observed
{
    private readonly Lock _lock = new();
    private readonly List<(Func<bool> Condition, TaskCompletionSource Met)> _waits = [];

    public T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    public void Change(Action change)
    {
        lock (_lock)
        {
            change();
            foreach (var (_, met) in _waits.FindAll(wait => wait.Condition()))
            {
                met.TrySetResult();
            }

            _waits.RemoveAll(wait => wait.Met.Task.IsCompleted);
        }
    }

    /// <summary>Waits for a change that meets a condition; fails with a reason where it is met for that reason.</summary>
    public async Task WaitUntilAsync(Func<bool> condition, Func<string> expectation, TimeSpan timeout, Func<string?> failure)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (condition())
            {
                met.SetResult();
            }
            else
            {
                _waits.Add((condition, met));
            }
        }

        try
        {
            await met.Task.WaitAsync(timeout);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Not within {timeout.TotalSeconds} s: {expectation()}");
        }

        if (failure() is { } reason)
        {
            Assert.Fail($"{expectation()}: {reason}");
        }
    }
}
