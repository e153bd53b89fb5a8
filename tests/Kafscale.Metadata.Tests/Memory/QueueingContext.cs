namespace Kafscale.Metadata.Tests.Memory;

/// <summary>A synchronization context as a simulation has one: what is posted waits until somebody runs it.</summary>
internal sealed class QueueingContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = [];

    public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

    /// <summary>Runs what was posted, on the calling thread.</summary>
    /// <returns>How many callbacks that were.</returns>
    public int RunAll()
    {
        var count = 0;
        for (; _posted.TryDequeue(out var posted); count++)
        {
            posted.Callback(posted.State);
        }

        return count;
    }
}
