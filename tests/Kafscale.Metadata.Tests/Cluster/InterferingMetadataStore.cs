using Kafscale.Testing;

namespace Kafscale.Metadata.Tests.Cluster;

/// <summary>A metadata store to which something happens before a range is read or a watch begins.</summary>
internal sealed class InterferingMetadataStore(IMetadataStore inner) : MetadataStoreDecorator(inner)
{
    /// <summary>Runs before each read of a range.</summary>
    public Func<ValueTask> BeforeRange { get; set; } = () => default;

    /// <summary>Runs before each watch.</summary>
    public Func<ValueTask> BeforeWatch { get; set; } = () => default;

    /// <summary>How many changes a watch delivers before its connection breaks.</summary>
    public int ChangesPerWatch { get; set; } = int.MaxValue;

    public override async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        await BeforeRange();
        return await base.RangeAsync(range, limit, revision, cancellationToken);
    }

    public override async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeforeWatch();
        var delivered = 0;
        await foreach (var batch in base.WatchAsync(prefix, fromRevision, cancellationToken))
        {
            if (delivered >= ChangesPerWatch)
            {
                throw new MetadataUnavailableException("The connection of the watch is lost.");
            }

            delivered += batch.Changes.Count;
            yield return batch;
        }
    }
}
