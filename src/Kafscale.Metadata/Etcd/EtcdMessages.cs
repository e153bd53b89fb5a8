using Google.Protobuf;
using Google.Protobuf.Collections;
using Kafscale.Metadata.Etcd.Rpc;
using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata.Etcd;

/// <summary>Turns transactions, ranges and entries into etcd's messages and back.</summary>
internal static class EtcdMessages
{
    // etcd's sign for "from the first key" and "to the last".
    private static readonly ByteString Unbounded = ByteString.CopyFrom(0);

    public static TxnRequest ToRequest(MetadataTransaction transaction)
    {
        var request = new TxnRequest();
        foreach (var comparison in transaction.Comparisons)
        {
            request.Compare.Add(ToCompare(comparison));
        }

        AddOperations(request.Success, transaction.Then);
        AddOperations(request.Failure, transaction.Else);
        return request;
    }

    public static TransactionResult ToResult(TxnResponse response)
    {
        List<RangeResult>? reads = null;
        foreach (var operation in response.Responses)
        {
            if (operation.ResponseRange is { } range)
            {
                (reads ??= []).Add(new(range.Header?.Revision ?? response.Header.Revision, [.. range.Kvs.Select(ToEntry)], range.More));
            }
        }

        return new(response.Succeeded, response.Header.Revision, reads ?? []);
    }

    public static MetadataEntry ToEntry(KeyValue keyValue) => new(
        keyValue.Key.ToStringUtf8(), keyValue.Value.Memory, keyValue.CreateRevision, keyValue.ModRevision, keyValue.Lease);

    public static RangeRequest ToRequest(KeyRange range, long limit, long revision)
    {
        var (key, end) = Bounds(range);
        return new() { Key = key, RangeEnd = end, Limit = limit, Revision = revision };
    }

    public static (ByteString Key, ByteString RangeEnd) Bounds(KeyRange range) => (
        range.Start.Length == 0 ? Unbounded : ByteString.CopyFromUtf8(range.Start),
        range.End switch
        {
            null => ByteString.Empty,
            "" => Unbounded,
            _ => ByteString.CopyFromUtf8(range.End),
        });

    private static Compare ToCompare(Comparison comparison)
    {
        var compare = new Compare { Key = ByteString.CopyFromUtf8(comparison.Key), Result = Compare.Types.CompareResult.Equal };
        switch (comparison.Target)
        {
            case ComparisonTarget.CreateRevision:
                compare.Target = Compare.Types.CompareTarget.Create;
                compare.CreateRevision = comparison.Revision;
                break;
            case ComparisonTarget.ModRevision:
                compare.Target = Compare.Types.CompareTarget.Mod;
                compare.ModRevision = comparison.Revision;
                break;
            default:
                compare.Target = Compare.Types.CompareTarget.Value;
                compare.Value = UnsafeByteOperations.UnsafeWrap(comparison.Value);
                break;
        }

        return compare;
    }

    private static void AddOperations(RepeatedField<RequestOp> requests, IReadOnlyList<Operation> operations)
    {
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Operation.Put put:
                    requests.Add(new RequestOp
                    {
                        RequestPut = new()
                        {
                            Key = ByteString.CopyFromUtf8(put.Key),
                            Value = UnsafeByteOperations.UnsafeWrap(put.Value),
                            Lease = put.LeaseId,
                        },
                    });
                    break;
                case Operation.Delete delete when !IsEmpty(delete.Range):
                    var (key, end) = Bounds(delete.Range);
                    requests.Add(new RequestOp { RequestDeleteRange = new() { Key = key, RangeEnd = end } });
                    break;
                case Operation.Get get:
                    requests.Add(new RequestOp { RequestRange = ToRequest(get.Range, get.Limit, revision: 0) });
                    break;
            }
        }
    }

    // etcd looks for changes of one key in a tree of the intervals that are deleted, which one that ends before its start upsets.
    private static bool IsEmpty(KeyRange range) => range.End is { Length: > 0 } end && KeyOrder.Compare(range.Start, end) >= 0;
}
