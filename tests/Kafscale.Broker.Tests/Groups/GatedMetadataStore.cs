using Kafscale.Metadata;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>A metadata store whose transactions fail, or wait, when a test wants.</summary>
internal sealed class GatedMetadataStore(IMetadataStore inner) : MetadataStoreDecorator(inner)
{
    private readonly Lock _lock = new();
    private readonly Queue<bool> _failures = new();
    private TaskCompletionSource? _gate;
    private int _waiting;
    private int _failsNextRead;

    /// <summary>Every transaction that changes something, as it arrived.</summary>
    public List<MetadataTransaction> Transactions { get; } = [];

    /// <summary>Transactions that failed without having been applied; a store may still get to them.</summary>
    public List<MetadataTransaction> Unapplied { get; } = [];

    /// <summary>Transactions that wait at the closed gate.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Reads wait for this.</summary>
    public Task Reads { get; set; } = Task.CompletedTask;

    public void FailNextRead() => Interlocked.Exchange(ref _failsNextRead, 1);

    /// <summary>The next transaction fails, after or without having been applied.</summary>
    public void FailNext(bool applied)
    {
        lock (_lock)
        {
            _failures.Enqueue(applied);
        }
    }

    /// <summary>Transactions wait from now on.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _gate ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Nothing waits or fails any more.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _failures.Clear();
            _gate?.SetResult();
            _gate = null;
        }
    }

    public override async ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        Task gate;
        lock (_lock)
        {
            gate = _gate?.Task ?? Task.CompletedTask;
            Transactions.Add(transaction);
        }

        Interlocked.Increment(ref _waiting);
        await gate.WaitAsync(cancellationToken);
        Interlocked.Decrement(ref _waiting);
        bool? failure;
        lock (_lock)
        {
            failure = _failures.TryDequeue(out var applied) ? applied : null;
        }

        if (failure == false)
        {
            Unapplied.Add(transaction);
            throw new MetadataUnavailableException("The test wants it not applied.");
        }

        var result = await base.CommitAsync(transaction, cancellationToken);
        return failure is null ? result : throw new MetadataUnavailableException("The test wants it applied and not known.");
    }

    public override async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        await Reads.WaitAsync(cancellationToken);
        return Interlocked.Exchange(ref _failsNextRead, 0) == 0
            ? await base.RangeAsync(range, limit, revision, cancellationToken)
            : throw new MetadataUnavailableException("The test wants the read to fail.");
    }
}
