namespace Kafscale.Broker.Tests.Support;

/// <summary>
/// What goes wrong between one broker and its stores, and what it asked of them. A fault applies to operations of one kind whose
/// keys contain a text; it applies so many times and is then used up.
/// </summary>
internal sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly List<Fault> _faults = [];
    private readonly List<(StoreOperation Operation, string Keys)> _done = [];
    private bool _isCut;
    private bool _isBeingCut;

    /// <summary>Every operation that was begun, in order.</summary>
    public IReadOnlyList<(StoreOperation Operation, string Keys)> Done
    {
        get
        {
            lock (_lock)
            {
                return [.. _done];
            }
        }
    }

    /// <summary>Whether no operation reaches a store any more.</summary>
    public bool IsCut
    {
        get
        {
            lock (_lock)
            {
                return _isCut;
            }
        }
    }

    public int Count(StoreOperation operation, string keyPart = "") =>
        Done.Count(done => done.Operation == operation && done.Keys.Contains(keyPart, StringComparison.Ordinal));

    public void ForgetCounts()
    {
        lock (_lock)
        {
            _done.Clear();
        }
    }

    /// <summary>Operations fail and change nothing.</summary>
    public Fault FailBefore(StoreOperation operation, string keyPart = "", int times = 1, Exception? exception = null) =>
        Add(new Fault(operation, keyPart, times, exception, FailsAfter: false, Block: null, Cuts: false));

    /// <summary>Operations take effect, and their answers are lost.</summary>
    public Fault FailAfter(StoreOperation operation, string keyPart = "", int times = 1) =>
        Add(new Fault(operation, keyPart, times, null, FailsAfter: true, Block: null, Cuts: false));

    /// <summary>An operation waits until <see cref="Block.Release"/> before it takes effect.</summary>
    public Block Block(StoreOperation operation, string keyPart = "")
    {
        var block = new Block();
        Add(new Fault(operation, keyPart, 1, null, FailsAfter: false, block, Cuts: false));
        return block;
    }

    /// <summary>The broker loses both stores at an operation: just before it takes effect, or just after.</summary>
    public Fault CutAt(StoreOperation operation, string keyPart, bool after) =>
        Add(new Fault(operation, keyPart, 1, null, after, Block: null, Cuts: true));

    /// <summary>The broker loses both stores at the operation that changes something after so many others that do.</summary>
    public Fault CutAt(CrashPoint point) => Add(new Fault(
        null, "", 1, null, point.Effect is CrashEffect.AnswerLost, Block: null, Cuts: true)
    {
        Skips = point.Step,
        Keeps = point.Effect is CrashEffect.AppliedAfterRestart or CrashEffect.AppliedAtTheEnd,
    });

    /// <summary>From now on no operation reaches a store.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
        }
    }

    public void Clear() => ClearUnlessCut();

    /// <summary>
    /// No more faults from now on; false where the stores are out of reach already, or will be when the operation that loses its
    /// answer has ended, which stays so.
    /// </summary>
    public bool ClearUnlessCut()
    {
        lock (_lock)
        {
            _faults.Clear();
            return !_isCut && !_isBeingCut;
        }
    }

    /// <summary>Runs an operation through the faults.</summary>
    public async ValueTask<T> RunAsync<T>(
        StoreOperation operation, string keys, Func<CancellationToken, ValueTask<T>> perform, Func<Exception> unavailable, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Fault? fault;
        lock (_lock)
        {
            if (_isCut)
            {
                throw unavailable();
            }

            _done.Add((operation, keys));
            fault = Take(operation, keys);
            _isCut |= fault is { Cuts: true, FailsAfter: false };
            _isBeingCut |= fault is { Cuts: true };
        }

        if (fault is not null)
        {
            fault.At = $"{operation} {keys}";
            fault.Kept = fault.Keeps ? async () => await perform(CancellationToken.None) : null;
        }

        if (fault is null)
        {
            return await perform(cancellationToken);
        }

        if (fault.Block is { } block)
        {
            block.Reach();
            await block.Released.WaitAsync(cancellationToken);
            return await perform(cancellationToken);
        }

        if (fault.FailsAfter)
        {
            try
            {
                await perform(cancellationToken);
            }
            finally
            {
                if (fault.Cuts)
                {
                    Cut();
                }

                fault.Happen();
            }
        }

        fault.Happen();
        throw fault.Exception ?? unavailable();
    }

    private Fault? Take(StoreOperation operation, string keys)
    {
        var index = _faults.FindIndex(fault => fault.Fits(operation, keys) && --fault.Skips < 0);
        if (index < 0)
        {
            return null;
        }

        var fault = _faults[index];
        if (--fault.Left == 0)
        {
            _faults.RemoveAt(index);
        }

        return fault;
    }

    private Fault Add(Fault fault)
    {
        lock (_lock)
        {
            _faults.Add(fault);
        }

        return fault;
    }
}
