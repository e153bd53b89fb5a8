using System.Globalization;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Network;

/// <summary>What all connections of a broker share.</summary>
internal sealed class ConnectionServices
{
    private long _lastConnectionId;

    public ConnectionServices(NetworkLimits limits, RequestDispatcher dispatcher, TimeProvider timeProvider, ILogger logger)
    {
        limits.Validate();
        Limits = limits;
        Dispatcher = dispatcher;
        TimeProvider = timeProvider;
        InFlightBytes = new ByteBudget(limits.MaxInFlightBytes, timeProvider);
        Log = new ConnectionLog(logger, timeProvider);
        Metrics = dispatcher.Metrics;
        Metrics.Connections.Observe(InFlightBytes);
    }

    public NetworkLimits Limits { get; }

    public RequestDispatcher Dispatcher { get; }

    public TimeProvider TimeProvider { get; }

    public ByteBudget InFlightBytes { get; }

    public ConnectionLog Log { get; }

    public BrokerMetrics Metrics { get; }

    /// <summary>A name for a connection, unique while the broker runs.</summary>
    public string NextConnectionId() => Interlocked.Increment(ref _lastConnectionId).ToString(CultureInfo.InvariantCulture);
}
