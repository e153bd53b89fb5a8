using System.Text;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Commits many changes of single keys in as few transactions under a session's fence as the store's limits allow.</summary>
internal static class FencedChanges
{
    // Beside the changes' own: the comparison of the session.
    private const int OwnComparisons = 1;
    private const int MaxBytes = MetadataLimits.TransactionBytes - (4 * MetadataLimits.KeyBytes);

    /// <summary>
    /// Commits the changes in their order, each transaction as a whole or not at all, and returns once this broker knows what came of it: also of
    /// what others have done instead, where something is not as it was known.
    /// </summary>
    /// <exception cref="SessionLostException">The session has ended; what was not committed before never will be.</exception>
    /// <exception cref="MetadataUnavailableException">Whether a transaction was applied is unknown.</exception>
    public static async Task CommitAsync(
        this BrokerSession session, IEnumerable<FencedChange> changes, MetadataFollower follower, CancellationToken cancellationToken)
    {
        var revision = 0L;
        var areAllApplied = true;
        foreach (var (comparisons, operations) in Group(changes))
        {
            var result = await session.CommitFencedAsync(comparisons, operations, cancellationToken);
            revision = result?.Revision ?? revision;
            areAllApplied &= result is not null;
        }

        await follower.WaitForRevisionAsync(revision, cancellationToken);
        if (!areAllApplied)
        {
            await follower.CatchUpAsync(cancellationToken);
        }
    }

    private static IEnumerable<(IReadOnlyList<Comparison> Comparisons, IReadOnlyList<Operation> Operations)> Group(IEnumerable<FencedChange> changes)
    {
        var comparisons = new HashSet<Comparison>();
        var operations = new List<Operation>();
        var bytes = 0;
        foreach (var change in changes)
        {
            var added = SizeOf(change.Operation);
            var newComparisons = change.Comparisons.Count(comparison => !comparisons.Contains(comparison));
            if (operations.Count > 0
                && (operations.Count == MetadataLimits.OperationsPerTransaction
                    || comparisons.Count + newComparisons + OwnComparisons > MetadataLimits.OperationsPerTransaction
                    || bytes + added > MaxBytes))
            {
                yield return ([.. comparisons], [.. operations]);
                comparisons.Clear();
                operations.Clear();
                bytes = 0;
            }

            comparisons.UnionWith(change.Comparisons);
            operations.Add(change.Operation);
            bytes += added;
        }

        if (operations.Count > 0)
        {
            yield return ([.. comparisons], [.. operations]);
        }
    }

    // Keys are compared as well as written.
    private static int SizeOf(Operation operation) => operation switch
    {
        Operation.Put put => (3 * Encoding.UTF8.GetByteCount(put.Key)) + put.Value.Length,
        Operation.Delete delete => 3 * Encoding.UTF8.GetByteCount(delete.Range.Start),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Only puts and deletes change a key."),
    };
}
