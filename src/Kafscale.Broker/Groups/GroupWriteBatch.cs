using System.Text;
using Kafscale.Metadata;

namespace Kafscale.Broker.Groups;

/// <summary>The operations of one transaction, and the writes that are complete with it.</summary>
/// <param name="maxOperations">What else belongs to the transaction is not counted.</param>
/// <param name="maxBytes">Of keys and values.</param>
internal sealed class GroupWriteBatch(int maxOperations, int maxBytes)
{
    // Later changes of a key in one batch replace earlier ones: together they have the effect of the last.
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private int _bytes;

    public IReadOnlyCollection<Operation> Operations => _operations.Values;

    /// <summary>Writes that have operations in the transaction.</summary>
    public List<GroupWrite> Writes { get; } = [];

    /// <summary>Those of them that have no more operations for later ones.</summary>
    public List<GroupWrite> Completed { get; } = [];

    public bool IsEmpty => Writes.Count == 0;

    public static int SizeOf(Operation operation) => operation switch
    {
        Operation.Put put => Encoding.UTF8.GetByteCount(put.Key) + put.Value.Length,
        Operation.Delete delete => Encoding.UTF8.GetByteCount(delete.Range.Start) + Encoding.UTF8.GetByteCount(delete.Range.End ?? ""),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "A group's write only puts and deletes."),
    };

    /// <returns>False where the batch is full.</returns>
    public bool TryAdd(Operation operation)
    {
        var key = operation is Operation.Put put ? put.Key : ((Operation.Delete)operation).Range.Start;
        var replacedBytes = _operations.TryGetValue(key, out var replaced) ? SizeOf(replaced) : 0;
        var bytes = _bytes - replacedBytes + SizeOf(operation);
        if (replaced is null && _operations.Count > 0 && (_operations.Count == maxOperations || bytes > maxBytes))
        {
            return false;
        }

        if (replaced is not null && bytes > maxBytes)
        {
            return false;
        }

        _operations[key] = operation;
        _bytes = bytes;
        return true;
    }
}
