using Kafscale.Metadata;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>A metadata store whose transactions fail, or wait, when a test wants.</summary>
internal sealed class GatedMetadataStore(IMetadataStore inner) : MetadataStoreDecorator(inner)
{
    private readonly Lock _lock = new();
    private readonly Queue<bool?> _failures = new();
    private TaskCompletionSource? _gate;
    private int _waiting;
    private int _failsNextRead;
    private int _readCount;

    /// <summary>Every transaction that changes something, as it arrived.</summary>
    public List<MetadataTransaction> Transactions { get; } = [];

    /// <summary>Transactions that failed without having been applied; a store may still get to them.</summary>
    public List<MetadataTransaction> Unapplied { get; } = [];

    /// <summary>Transactions that wait at the closed gate.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>How often something was read.</summary>
    public int ReadCount => Volatile.Read(ref _readCount);

    /// <summary>Reads wait for this.</summary>
    public Task Reads { get; set; } = Task.CompletedTask;

    /// <summary>A copy of <see cref="Unapplied"/>, which may be growing.</summary>
    public List<MetadataTransaction> ListUnapplied()
    {
        lock (_lock)
        {
            return [.. Unapplied];
        }
    }

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

    /// <summary>Nothing waits or fails any more, but for the next transactions as they are told: null lets one pass.</summary>
    public void Open(params bool?[] nextFailures)
    {
        lock (_lock)
        {
            _failures.Clear();
            foreach (var failure in nextFailures)
            {
                _failures.Enqueue(failure);
            }

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
            lock (_lock)
            {
                Unapplied.Add(transaction);
            }

            throw new MetadataUnavailableException("The test wants it not applied.");
        }

        var result = await base.CommitAsync(transaction, cancellationToken);
        return failure is null ? result : throw new MetadataUnavailableException("The test wants it applied and not known.");
    }

    public override async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _readCount);
        await Reads.WaitAsync(cancellationToken);
        return Interlocked.Exchange(ref _failsNextRead, 0) == 0
            ? await base.RangeAsync(range, limit, revision, cancellationToken)
            : throw new MetadataUnavailableException("The test wants the read to fail.");
    }
}
