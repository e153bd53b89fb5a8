namespace Kafscale.Broker.Network;

/// <summary>Why a connection ended.</summary>
internal enum ConnectionCloseReason
{
    /// <summary>The client closed it or it broke on the way.</summary>
    ClientClosed,

    /// <summary>The broker stops, and everything in progress was answered.</summary>
    Stopped,

    /// <summary>Nothing was asked for longer than the idle timeout.</summary>
    Idle,

    /// <summary>A frame's length is impossible or more than a request may have.</summary>
    InvalidFrameLength,

    /// <summary>An API or version that the broker does not have.</summary>
    UnsupportedApi,

    /// <summary>A request that cannot be parsed.</summary>
    MalformedRequest,

    /// <summary>A frame was begun but not delivered in time.</summary>
    ReceiveTimeout,

    /// <summary>The client did not read its responses in time.</summary>
    WriteTimeout,

    /// <summary>A handler failed and its response has no place for an error.</summary>
    HandlerFailed,

    /// <summary>Records that no answer was asked for (acks=0) were not taken: the client looks for the leader when it connects again.</summary>
    UnansweredError,

    /// <summary>The connection limits were reached.</summary>
    TooManyConnections,

    /// <summary>The broker stopped and did not wait any longer.</summary>
    Aborted,
}
