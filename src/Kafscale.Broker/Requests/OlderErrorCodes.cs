using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>
/// Puts errors that the clients of older versions know in the place of those that came later. They take an unknown one for the broker's
/// fault, or end.
/// </summary>
internal static class OlderErrorCodes
{
    /// <summary>From here on Produce needs nothing of this.</summary>
    public const int FirstProduceVersionWithStorageError = 4;

    /// <summary>From here on Fetch needs nothing of this.</summary>
    public const int FirstFetchVersionWithOffsetNotAvailable = 11;

    private const int FirstProduceVersionWithBatches = 3;
    private const int FirstFetchVersionWithStorageError = 6;
    private const int FirstListOffsetsVersionWithStorageError = 3;

    public static void Apply(ProduceResponse response, int version)
    {
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.PartitionResponses)
            {
                partition.ErrorCode = OfProduce(partition.ErrorCode, version);
            }
        }
    }

    public static void Apply(FetchResponse response, int version)
    {
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.Partitions)
            {
                partition.ErrorCode = OfFetch(partition.ErrorCode, version);
            }
        }
    }

    public static ErrorCode OfProduce(ErrorCode error, int version) => error switch
    {
        ErrorCode.KafkaStorageError when version < FirstProduceVersionWithStorageError => ErrorCode.NotLeaderOrFollower,

        // What was wrong with messages had one code.
        ErrorCode.InvalidRecord or ErrorCode.UnsupportedCompressionType when version < FirstProduceVersionWithBatches => ErrorCode.CorruptMessage,
        _ => error,
    };

    // Both have consumers look for the leader and ask again.
    public static ErrorCode OfFetch(ErrorCode error, int version) => error switch
    {
        ErrorCode.KafkaStorageError when version < FirstFetchVersionWithStorageError => ErrorCode.NotLeaderOrFollower,
        ErrorCode.OffsetNotAvailable when version < FirstFetchVersionWithOffsetNotAvailable => ErrorCode.NotLeaderOrFollower,
        _ => error,
    };

    public static ErrorCode OfListOffsets(ErrorCode error, int version) =>
        error == ErrorCode.KafkaStorageError && version < FirstListOffsetsVersionWithStorageError ? ErrorCode.NotLeaderOrFollower : error;
}
