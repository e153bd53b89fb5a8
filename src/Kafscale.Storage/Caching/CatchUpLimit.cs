namespace Kafscale.Storage.Caching;

/// <summary>
/// Lets only so many bytes of catch-up reads wait for the store at a time, in the order in which they come: what is being loaded
/// takes its memory from what is in the cache. Thread-safe.
/// </summary>
/// <param name="maxBytes">The most bytes; a larger read goes alone.</param>
internal sealed class CatchUpLimit(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _bytes;

    /// <summary>Waits for a read's turn; given back by <see cref="Exit"/>.</summary>
    public async ValueTask EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (_waiters.Count == 0 && HasRoomFor(bytes))
            {
                _bytes += bytes;
                return;
            }

            node = _waiters.AddLast(new Waiter(bytes));
        }

        try
        {
            await node.Value.Entered.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(node);
            throw;
        }
    }

    public void Exit(long bytes)
    {
        lock (_lock)
        {
            _bytes -= bytes;
            LetIn();
        }
    }

    private void GiveUp(LinkedListNode<Waiter> node)
    {
        lock (_lock)
        {
            // It may have been let in at the same moment.
            if (node.List is null)
                _bytes -= node.Value.Bytes;
            else
                _waiters.Remove(node);
            LetIn();
        }
    }

    private void LetIn()
    {
        while (_waiters.First is { } first && HasRoomFor(first.Value.Bytes))
        {
            _waiters.RemoveFirst();
            _bytes += first.Value.Bytes;
            first.Value.Entered.SetResult();
        }
    }

    private bool HasRoomFor(long bytes) => _bytes == 0 || _bytes + bytes <= maxBytes;

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
