using Kafscale.Metadata;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>A metadata store whose next commits fail, or take effect and then lose their answer.</summary>
internal sealed class UnreliableMetadataStore(IMetadataStore store) : MetadataStoreDecorator(store)
{
    private int _commitsToRefuse;
    private int _answersToLose;

    /// <summary>So many of the next commits do nothing and report that the store is not available.</summary>
    public int CommitsToRefuse
    {
        set => _commitsToRefuse = value;
    }

    /// <summary>So many of the next commits are done, and report that the store is not available.</summary>
    public int AnswersToLose
    {
        set => _answersToLose = value;
    }

    /// <summary>Runs before the next commit, once: what somebody else does in between.</summary>
    public Func<Task>? BeforeNextCommit { get; set; }

    public override async ValueTask<TransactionResult> CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        if (BeforeNextCommit is { } intrude)
        {
            BeforeNextCommit = null;
            await intrude();
        }

        if (Interlocked.Decrement(ref _commitsToRefuse) >= 0)
        {
            throw new MetadataUnavailableException("refused");
        }

        var result = await base.CommitAsync(transaction, cancellationToken);
        return Interlocked.Decrement(ref _answersToLose) >= 0 ? throw new MetadataUnavailableException("lost") : result;
    }
}
