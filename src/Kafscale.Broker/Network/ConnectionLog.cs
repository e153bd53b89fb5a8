using Kafscale.Broker.Requests;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Network;

/// <summary>What an operator wants to know of connections that end badly: one line per kind and second at most.</summary>
internal sealed partial class ConnectionLog
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private readonly LogRateLimiter[] _byReason;
    private readonly LogRateLimiter _handlerFailures;
    private readonly LogRateLimiter _connectionFailures;

    public ConnectionLog(ILogger logger, TimeProvider timeProvider)
    {
        _logger = logger;
        _byReason = [.. Enum.GetValues<ConnectionCloseReason>().Select(_ => new LogRateLimiter(timeProvider, Interval))];
        _handlerFailures = new LogRateLimiter(timeProvider, Interval);
        _connectionFailures = new LogRateLimiter(timeProvider, Interval);
    }

    /// <summary>A connection is closed for what its client does.</summary>
    public void Closing(ClientConnection client, ConnectionCloseReason reason, string because)
    {
        if (_byReason[(int)reason].TryEnter(out int suppressed))
        {
            LogClosing(client.Id, client.Host, client.ListenerName, because, reason, suppressed);
        }
    }

    /// <summary>A handler threw.</summary>
    public void HandlerFailed(RequestContext context, Exception exception)
    {
        if (_handlerFailures.TryEnter(out int suppressed))
        {
            LogHandlerFailed(context.ApiKey, context.ApiVersion, context.Connection.Id, context.Connection.Host, suppressed, exception);
        }
    }

    /// <summary>A connection ended by a fault of the broker.</summary>
    public void ConnectionFailed(ClientConnection client, Exception exception)
    {
        if (_connectionFailures.TryEnter(out int suppressed))
        {
            LogConnectionFailed(client.Id, client.Host, suppressed, exception);
        }
    }

    [LoggerMessage(
        1151,
        LogLevel.Warning,
        "Closing connection {Connection} from {Host} on listener {Listener}: {Because} ({Reason}; {Suppressed} more of this kind were not logged)")]
    private partial void LogClosing(
        string connection, string host, string listener, string because, ConnectionCloseReason reason, int suppressed);

    [LoggerMessage(
        1152,
        LogLevel.Error,
        "{Api} version {Version} of connection {Connection} from {Host} failed ({Suppressed} more failures were not logged)")]
    private partial void LogHandlerFailed(
        ApiKey api, short version, string connection, string host, int suppressed, Exception exception);

    [LoggerMessage(
        1153,
        LogLevel.Error,
        "Connection {Connection} from {Host} failed ({Suppressed} more failures were not logged)")]
    private partial void LogConnectionFailed(string connection, string host, int suppressed, Exception exception);
}
