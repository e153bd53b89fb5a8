using Kafscale.Protocol;

namespace Kafscale.Broker.Partitions;

/// <summary>Moves the beginning of a log that this broker leads.</summary>
internal interface ILogStartMover
{
    /// <summary>Forgets the records below an offset.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="offset">The first offset to stay, at most the high watermark; a lower one than the log's start changes nothing.</param>
    /// <param name="cancellationToken">Gives up; the start may still move.</param>
    /// <returns>None, or <see cref="ErrorCode.NotLeaderOrFollower"/> where this broker does not lead the partition any more.</returns>
    /// <exception cref="Kafscale.Metadata.MetadataUnavailableException">Whether it has moved is unknown.</exception>
    Task<ErrorCode> MoveAsync(PartitionLog log, long offset, CancellationToken cancellationToken);
}
