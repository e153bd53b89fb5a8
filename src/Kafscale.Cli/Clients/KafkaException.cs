using Kafscale.Protocol;

namespace Kafscale.Cli.Clients;

/// <summary>A broker has refused something.</summary>
internal sealed class KafkaException(ErrorCode error, string message) : Exception(message)
{
    public ErrorCode Error => error;

    /// <summary>Things move: asking again, and asking who is there to be asked, may help.</summary>
    public bool IsRetriable => error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress
        or ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable or ErrorCode.RequestTimedOut or ErrorCode.KafkaStorageError
        or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable;

    /// <summary>Does nothing where all is well.</summary>
    /// <param name="error">What the broker says.</param>
    /// <param name="what">What was asked for, as the beginning of a sentence that the error ends.</param>
    public static void ThrowIf(ErrorCode error, string what)
    {
        if (error != ErrorCode.None)
        {
            throw new KafkaException(error, $"{what}: {error}");
        }
    }
}
