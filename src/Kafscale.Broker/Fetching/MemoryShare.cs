using Kafscale.Storage;

namespace Kafscale.Broker.Fetching;

/// <summary>What one answer holds of the memory that many share; given back on disposal.</summary>
internal sealed class MemoryShare(ByteBudget budget) : IDisposable
{
    private long _bytes;

    /// <summary>Holds so much, and no longer what it held before: who waits for more while it holds some may wait for ever.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up; nothing is held.</exception>
    public async ValueTask ChangeAsync(long bytes, CancellationToken cancellationToken)
    {
        Dispose();
        await budget.AcquireAsync(bytes, cancellationToken);
        _bytes = bytes;
    }

    /// <summary>Gives back what is more than so much.</summary>
    public void Keep(long bytes)
    {
        if (_bytes > bytes)
        {
            budget.Release(_bytes - bytes);
            _bytes = bytes;
        }
    }

    public void Dispose() => Keep(0);
}
