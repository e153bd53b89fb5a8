using System.Text;

namespace Kafscale.Testing;

/// <summary>What goes through a <see cref="TcpProxy"/> in one direction, over all its connections.</summary>
internal sealed class ProxyPassage
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _held = [];
    private TaskCompletionSource _open = CreateOpen();

    public void Cut()
    {
        lock (_lock)
        {
            if (_open.Task.IsCompleted)
            {
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Mend()
    {
        lock (_lock)
        {
            _open.TrySetResult();
        }
    }

    /// <summary>Takes note of what has been received and not been sent on yet.</summary>
    public void Add(byte[] received)
    {
        lock (_lock)
        {
            _held.Add(received);
        }
    }

    public void Remove(byte[] sent)
    {
        lock (_lock)
        {
            _held.RemoveAll(one => ReferenceEquals(one, sent));
        }
    }

    /// <summary>Whether something that is on its way has this text in it.</summary>
    public bool Holds(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        lock (_lock)
        {
            return _held.Exists(one => one.AsSpan().IndexOf(bytes) >= 0);
        }
    }

    /// <summary>Completes while nothing is cut.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        // Cut again by the time that it is mended, perhaps.
        for (Task open; !(open = ReadOpen()).IsCompleted;)
        {
            await open.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource CreateOpen()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private Task ReadOpen()
    {
        lock (_lock)
        {
            return _open.Task;
        }
    }
}
