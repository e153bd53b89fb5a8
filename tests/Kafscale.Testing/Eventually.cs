using System.Runtime.CompilerServices;

namespace Kafscale.Testing;

/// <summary>Waits for what another process, or another task, does in its own time and tells nobody of.</summary>
public static class Eventually
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    /// <summary>Looks again and again until the condition holds.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="patience">How long.</param>
    /// <param name="expectation">The condition in words.</param>
    /// <exception cref="TimeoutException">It did not within <paramref name="patience"/>.</exception>
    public static Task HoldsAsync(
        Func<bool> condition, TimeSpan patience, [CallerArgumentExpression(nameof(condition))] string expectation = "") =>
        HoldsAsync(() => Task.FromResult(condition()), patience, expectation);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, TimeSpan, string)"/>
    public static Task HoldsAsync(
        Func<Task<bool>> condition, TimeSpan patience, [CallerArgumentExpression(nameof(condition))] string expectation = "") =>
        HoldsAsync(condition, patience, () => expectation);

    /// <summary>The same, where what is still waited for is known only at the end.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> expectation)
    {
        var deadline = DateTime.UtcNow + patience;
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"Not within {patience.TotalSeconds} s: {expectation()}");
            }

            await Task.Delay(PollInterval);
        }
    }
}
