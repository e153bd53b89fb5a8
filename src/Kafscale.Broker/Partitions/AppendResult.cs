using Kafscale.Protocol;

namespace Kafscale.Broker.Partitions;

/// <summary>What became of an append.</summary>
/// <param name="Error"><see cref="ErrorCode.None"/>, or why nothing was appended.</param>
/// <param name="BaseOffset">The offset of the first record, or -1.</param>
/// <param name="Flush">What must commit before the append may be acknowledged; <see langword="null"/>: it is committed already.</param>
internal readonly record struct AppendResult(ErrorCode Error, long BaseOffset, Flush? Flush)
{
    public static AppendResult Failed(ErrorCode error) => new(error, -1, null);
}
