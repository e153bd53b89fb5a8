using Kafscale.Metadata;
using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <summary>A change of a group in the metadata store, and what follows from it.</summary>
internal sealed class GroupWrite
{
    private readonly TaskCompletionSource<ErrorCode> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ErrorCode _error;

    /// <summary>The shard of the group.</summary>
    public required ShardWrites Shard { get; init; }

    /// <summary>At least one put or deletion; more than fit one transaction are spread over several, in order.</summary>
    public required IReadOnlyList<Operation> Operations { get; init; }

    /// <summary>It deletes a range, which may not share a transaction with puts into that range.</summary>
    public bool NeedsOwnTransaction { get; init; }

    /// <summary>Called once, in the order of the writes, before <see cref="Stored"/> completes. Does not throw.</summary>
    public required Action<ErrorCode> OnStored { get; init; }

    /// <summary>Completes with None when the change is durable, or with why it is not, and maybe never will be.</summary>
    public Task<ErrorCode> Stored => _completion.Task;

    /// <summary>Remembers that one of the write's transactions has failed, though others may come.</summary>
    public void Fail(ErrorCode error) => _error = error;

    /// <summary>Tells who waits that nobody will know what becomes of it; it is still to be completed.</summary>
    public void Abandon() => _completion.TrySetResult(ErrorCode.NotCoordinator);

    public void Complete()
    {
        OnStored(_error);
        _completion.TrySetResult(_error);
    }
}
