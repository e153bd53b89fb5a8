using Kafscale.Protocol;

namespace Kafscale.Broker.Partitions;

/// <summary>What clients are told where the object store is at fault. docs/health.md says why it is these.</summary>
internal static class ObjectStoreErrors
{
    /// <summary>To producers: nothing was appended, and it is worth another attempt.</summary>
    public const ErrorCode OfProduce = ErrorCode.NotEnoughReplicas;

    /// <summary>To whoever reads, or asks for an offset.</summary>
    public const ErrorCode OfRead = ErrorCode.KafkaStorageError;
}
