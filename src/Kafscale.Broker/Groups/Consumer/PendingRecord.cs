using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>
/// What of a group is not stored yet, and who waits for it. One record is on its way at a time, so that a group which many join
/// at once is not written as often as they are many.
/// </summary>
internal sealed class PendingRecord
{
    private GroupChange? _underWay;
    private Waiting _waitingForIt = new();
    private Waiting _waitingForNext = new();
    private bool _isDirty;
    private bool _hasFailed;

    /// <summary>The size of the record that was handed out last, in bytes.</summary>
    public int LastBytes { get; private set; }

    /// <summary>Completes when all that has changed so far is stored; null where it is.</summary>
    public Task<ErrorCode>? Storing => _isDirty ? _waitingForNext.Stored : _underWay is not null ? _waitingForIt.Stored : null;

    /// <summary>There is something new to store.</summary>
    public void Touch() => _isDirty = true;

    /// <summary>Somebody is about to be told something: what could not be stored before is tried again first.</summary>
    public void Retry()
    {
        _isDirty |= _hasFailed;
        _hasFailed = false;
    }

    /// <summary>Does something when all that has changed so far is stored, or certainly never will be; maybe at once.</summary>
    public void WhenStored(Action<ErrorCode> action)
    {
        if (_isDirty)
        {
            _waitingForNext.Actions.Add(action);
        }
        else if (_underWay is not null)
        {
            _waitingForIt.Actions.Add(action);
        }
        else
        {
            action(ErrorCode.None);
        }
    }

    /// <summary>Hands out the next record, where there is one and none is on its way.</summary>
    public GroupChange? Take(Func<GroupRecord> build)
    {
        if (!_isDirty || _underWay is not null)
        {
            return null;
        }

        _isDirty = false;
        _waitingForIt = _waitingForNext;
        _waitingForNext = new Waiting();
        _underWay = new GroupChange { Record = build(), DeadlineMs = GroupClock.Never };
        LastBytes = _underWay.Record.CalculateSize();
        return _underWay;
    }

    /// <summary>The metadata store has, or has not, taken what was handed out.</summary>
    public void OnStored(GroupChange change, ErrorCode error)
    {
        if (_underWay == change)
        {
            _underWay = null;
            _hasFailed = error != ErrorCode.None && !_isDirty;
            _waitingForIt.End(error);
        }
    }

    /// <summary>Tells everybody who waits that it will not be known.</summary>
    public void GiveUp(ErrorCode reason)
    {
        _underWay = null;
        _isDirty = false;
        _waitingForIt.End(reason);
        _waitingForNext.End(reason);
    }

    private sealed class Waiting
    {
        private readonly TaskCompletionSource<ErrorCode> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<ErrorCode> Stored => _completion.Task;

        public List<Action<ErrorCode>> Actions { get; } = [];

        public void End(ErrorCode error)
        {
            Actions.ForEach(action => action(error));
            Actions.Clear();
            _completion.TrySetResult(error);
        }
    }
}
