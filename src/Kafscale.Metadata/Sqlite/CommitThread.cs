using System.Runtime.InteropServices;
using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata.Sqlite;

/// <summary>
/// The thread that writes to the database file. Everything that waits when it comes back from the disk goes into its next
/// database transaction, so that many callers share one flush.
/// </summary>
/// <remarks>SQLite has no asynchronous calls: a thread of its own keeps its waiting for the disk off the thread pool.</remarks>
internal sealed class CommitThread : IAsyncDisposable
{
    private const int StepsPerGroup = 1_024;
    private const long BytesPerGroup = 16 << 20;

    private readonly MetadataFile _file;
    private readonly RevisionHistory _history;
    private readonly SqliteMetadataOptions _options;
    private readonly Action<long, bool> _onLeaseStepDone;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards the three fields below, and wakes the thread.
    private readonly object _gate = new();
    private readonly Queue<PendingStep> _queue = new();
    private long _queuedBytes;
    private bool _isStopping;

    /// <summary>Starts the thread, which owns the file from now on.</summary>
    /// <param name="file">Where to write.</param>
    /// <param name="history">What is written becomes visible here.</param>
    /// <param name="options">The bounds of the queue.</param>
    /// <param name="onLeaseStepDone">Told of every step that was to delete a lease's keys, and whether it did.</param>
    public CommitThread(MetadataFile file, RevisionHistory history, SqliteMetadataOptions options, Action<long, bool> onLeaseStepDone)
    {
        _file = file;
        _history = history;
        _options = options;
        _onLeaseStepDone = onLeaseStepDone;
        _thread = new(Run) { IsBackground = true, Name = "metadata commits" };
        _thread.Start();
    }

    /// <summary>Queues a step.</summary>
    /// <exception cref="MetadataUnavailableException">Too much is queued already, or the file is no longer usable.</exception>
    public void Add(PendingStep step)
    {
        lock (_gate)
        {
            _history.ThrowIfClosed();
            ObjectDisposedException.ThrowIf(_isStopping, typeof(SqliteMetadataStore));
            if (_queue.Count >= _options.QueuedTransactions || (_queue.Count > 0 && _queuedBytes + step.Bytes > _options.QueuedBytes))
            {
                throw new MetadataUnavailableException(
                    $"{_queue.Count:N0} transactions of {_queuedBytes:N0} bytes wait for the disk already. Nothing was changed.");
            }

            Enqueue(step);
        }
    }

    /// <summary>Queues a step beyond the bound, unless the thread is about to end; for the ends of leases, which are few.</summary>
    public void TryAddAlways(PendingStep step)
    {
        lock (_gate)
        {
            if (!_isStopping)
            {
                Enqueue(step);
            }
        }
    }

    /// <summary>Writes what is queued, ends the thread and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        await _ended.Task;
        _thread.Join();
    }

    private void Enqueue(PendingStep step)
    {
        _queue.Enqueue(step);
        _queuedBytes += step.Bytes;
        Monitor.Pulse(_gate);
    }

    private void Run()
    {
        var group = new List<PendingStep>();
        try
        {
            while (_file.BrokenBecause is null && TakeGroup(group))
            {
                Commit(group);
            }

            _history.Close(() => new ObjectDisposedException(nameof(SqliteMetadataStore)));
        }
        catch (Exception exception)
        {
            // Nothing gets here but defects. They must not end the process from a thread, nor leave callers waiting.
            Close($"The metadata store has failed: {exception.Message}");
        }

        FailWhatIsLeft(group);
        _file.Dispose();
        _ended.SetResult();
    }

    /// <summary>Waits for steps and takes some from the queue.</summary>
    /// <returns>Whether there are any; if not, the thread is to end.</returns>
    private bool TakeGroup(List<PendingStep> group)
    {
        group.Clear();
        lock (_gate)
        {
            while (_queue.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_gate);
            }

            long bytes = 0;
            while (group.Count < StepsPerGroup && bytes < BytesPerGroup && _queue.TryDequeue(out var step))
            {
                group.Add(step);
                bytes += step.Bytes;
            }

            _queuedBytes -= bytes;
        }

        return group.Count > 0;
    }

    private void Commit(List<PendingStep> group)
    {
        var steps = new List<KeySpaceStep>(group.Count);
        var evaluated = new List<PendingStep>(group.Count);
        Evaluate(group, steps, evaluated);
        try
        {
            var changed = steps.FindAll(step => step.Changes.Count > 0);
            if (changed.Count > 0)
            {
                _file.Write(CollectionsMarshal.AsSpan(changed));
                _history.Publish(CollectionsMarshal.AsSpan(changed));
            }
        }
        catch (MetadataUnavailableException exception)
        {
            if (_file.BrokenBecause is { } reason)
            {
                Close(reason);
            }

            if (evaluated.Count > 1 && _file.BrokenBecause is null)
            {
                // One that does not fit must not take the others with it.
                evaluated.ForEach(step => Commit([step]));
            }
            else
            {
                evaluated.ForEach(step => Fail(step, exception));
            }

            return;
        }

        for (var i = 0; i < evaluated.Count; i++)
        {
            evaluated[i].Succeed(steps[i].Result);
            if (evaluated[i].EndedLeaseId != 0)
            {
                _onLeaseStepDone(evaluated[i].EndedLeaseId, true);
            }
        }
    }

    private void Evaluate(List<PendingStep> group, List<KeySpaceStep> steps, List<PendingStep> evaluated)
    {
        var keySpace = _history.Current;
        foreach (var pending in group)
        {
            if (pending.IsCancelled && pending.EndedLeaseId == 0)
            {
                continue;
            }

            try
            {
                var step = pending.Apply(keySpace);
                keySpace = step.Next;
                steps.Add(step);
                evaluated.Add(pending);
            }
            catch (LeaseNotFoundException exception)
            {
                pending.Fail(exception);
            }
        }
    }

    private void Fail(PendingStep step, MetadataUnavailableException exception)
    {
        step.Fail(exception);
        if (step.EndedLeaseId != 0)
        {
            _onLeaseStepDone(step.EndedLeaseId, false);
        }
    }

    private void Close(string reason) => _history.Close(() => new MetadataUnavailableException(reason));

    private void FailWhatIsLeft(List<PendingStep> group)
    {
        lock (_gate)
        {
            _isStopping = true;
            group.AddRange(_queue);
            _queue.Clear();
        }

        // Steps of the group that have their answer keep it.
        var exception = new MetadataUnavailableException(_file.BrokenBecause ?? "The metadata store has stopped.");
        group.ForEach(step => step.Fail(exception));
    }
}
