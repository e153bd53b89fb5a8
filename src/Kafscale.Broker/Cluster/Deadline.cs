namespace Kafscale.Broker.Cluster;

/// <summary>Until when a request is worked on: the time that its client gives, kept within bounds.</summary>
internal sealed class Deadline : IDisposable
{
    // Clients send what they like, such as 0 or 2^31 - 1; a change of metadata is one write and takes no time to speak of.
    private const int ShortestMs = 1_000;
    private const int LongestMs = 300_000;

    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;

    public Deadline(int timeoutMs, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _timer = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, ShortestMs, LongestMs)), timeProvider);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    /// <summary>Cancelled when the time is over, or by the caller.</summary>
    public CancellationToken Token => _linked.Token;

    /// <summary>Whether the time is over.</summary>
    public bool HasPassed => _timer.IsCancellationRequested;

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
