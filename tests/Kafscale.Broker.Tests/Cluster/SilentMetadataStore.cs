using Kafscale.Metadata;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>A metadata store that can fall silent: then whoever reads one key waits until time is up, which comes at once.</summary>
/// <param name="store">What it is while it answers.</param>
/// <param name="letTimePass">Lets as much time pass as anybody has.</param>
internal sealed class SilentMetadataStore(IMetadataStore store, Action letTimePass) : MetadataStoreDecorator(store)
{
    public bool IsSilent { get; set; }

    /// <summary>How many have waited for an answer.</summary>
    public int Waits { get; private set; }

    public override async ValueTask<RangeResult> RangeAsync(KeyRange range, int limit, long revision, CancellationToken cancellationToken)
    {
        if (IsSilent && range.End is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Waits++;
            letTimePass();
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        return await base.RangeAsync(range, limit, revision, cancellationToken);
    }
}
