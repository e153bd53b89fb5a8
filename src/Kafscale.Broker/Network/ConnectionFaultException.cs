namespace Kafscale.Broker.Network;

/// <summary>Ends the one connection whose client did something that cannot be answered.</summary>
internal sealed class ConnectionFaultException(ConnectionCloseReason reason, string message) : Exception(message)
{
    public ConnectionCloseReason Reason => reason;
}
