using System.Text;
using Kafscale.Metadata;

namespace Kafscale.Broker.Groups;

/// <summary>
/// The operations of one transaction, and the writes that are complete with it. The writer key of each shard belongs to it
/// too, and is counted.
/// </summary>
/// <param name="maxOperations">With those that move the writer keys.</param>
/// <param name="maxBytes">Of keys and values.</param>
internal sealed class GroupWriteBatch(int maxOperations, int maxBytes)
{
    // A writer key is compared and put, with a short value.
    private const int ShardBytes = 3 * MetadataLimits.KeyBytes;

    // Later changes of a key in one batch replace earlier ones: together they have the effect of the last.
    private readonly Dictionary<string, (ShardWrites Shard, Operation Operation)> _operations = new(StringComparer.Ordinal);
    private readonly HashSet<ShardWrites> _shards = [];
    private int _bytes;

    public IEnumerable<Operation> Operations => _operations.Values.Select(entry => entry.Operation);

    /// <summary>The shards that have operations in the transaction.</summary>
    public IReadOnlyCollection<ShardWrites> Shards => _shards;

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
    public bool TryAdd(ShardWrites shard, Operation operation)
    {
        var key = operation is Operation.Put put ? put.Key : ((Operation.Delete)operation).Range.Start;
        var isReplaced = _operations.TryGetValue(key, out var replaced);
        var isNewShard = !_shards.Contains(shard);
        var operations = _operations.Count + (isReplaced ? 0 : 1) + _shards.Count + (isNewShard ? 1 : 0);
        var bytes = _bytes - (isReplaced ? SizeOf(replaced.Operation) : 0) + SizeOf(operation) + (isNewShard ? ShardBytes : 0);
        if (_operations.Count > 0 && (operations > maxOperations || bytes > maxBytes))
        {
            return false;
        }

        _shards.Add(shard);
        _operations[key] = (shard, operation);
        _bytes = bytes;
        return true;
    }

    /// <summary>Takes out what belongs to a shard, but for the writes themselves, which are still to be completed.</summary>
    public void Remove(ShardWrites shard)
    {
        _shards.Remove(shard);
        foreach (var (key, entry) in _operations)
        {
            if (entry.Shard == shard)
            {
                _operations.Remove(key);
            }
        }
    }
}
