namespace Kafscale.Metadata;

/// <summary>Comparisons, what to do where all hold, and what to do otherwise.</summary>
/// <remarks>A key may be changed at most once in each list, as in etcd.</remarks>
public sealed record MetadataTransaction
{
    /// <summary>All must hold; none means always.</summary>
    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];

    /// <summary>Applied, in order, where all comparisons hold.</summary>
    public IReadOnlyList<Operation> Then { get; init; } = [];

    /// <summary>Applied, in order, where one does not hold; mostly reads of what is there instead.</summary>
    public IReadOnlyList<Operation> Else { get; init; } = [];

    /// <summary>Whether it changes nothing, whatever holds.</summary>
    internal bool OnlyReads => AreReads(Then) && AreReads(Else);

    private static bool AreReads(IReadOnlyList<Operation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation is not Operation.Get)
            {
                return false;
            }
        }

        return true;
    }
}
