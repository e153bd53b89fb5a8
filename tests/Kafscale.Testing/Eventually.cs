namespace Kafscale.Testing;

/// <summary>Waits for what another process, or another task, does in its own time and tells nobody of.</summary>
public static class Eventually
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    /// <summary>Looks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within <paramref name="patience"/>.</exception>
    public static Task HoldsAsync(Func<bool> condition, TimeSpan patience) => HoldsAsync(() => Task.FromResult(condition()), patience);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, TimeSpan)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan patience)
    {
        var deadline = DateTime.UtcNow + patience;
        while (!await condition())
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"What was waited for did not happen within {patience.TotalSeconds} s.");
            }

            await Task.Delay(PollInterval);
        }
    }
}
