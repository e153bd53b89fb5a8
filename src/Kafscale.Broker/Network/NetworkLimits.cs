namespace Kafscale.Broker.Network;

/// <summary>
/// What clients may take of the broker's memory, connections and time. The defaults here are of a server by itself; a broker's are
/// those of its settings.
/// </summary>
public sealed record NetworkLimits
{
    /// <summary>The largest request in bytes (<c>socket.request.max.bytes</c>); 10 or more. Default 100 MiB.</summary>
    public int MaxRequestBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>The bytes of large requests that are received or worked on at the same time, broker-wide (<c>queued.max.request.bytes</c>). Default 256 MiB.</summary>
    public long MaxInFlightBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Requests up to this size in bytes do not count against <see cref="MaxInFlightBytes"/>. Default 64 KiB.</summary>
    public int SmallRequestBytes { get; init; } = 64 * 1024;

    /// <summary>The requests of one connection that are in progress at the same time (<c>max.in.flight.requests.per.connection</c>); 1 or more. Default 64.</summary>
    public int MaxRequestsInProgress { get; init; } = 64;

    /// <summary>The connections of the whole broker (<c>max.connections</c>). Default 20,000.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>The connections from one address (<c>max.connections.per.ip</c>). Default 20,000.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 20_000;

    /// <summary>After this time with nothing in progress a connection is closed (<c>connections.max.idle.ms</c>). Default 10 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The time that a client has to deliver a frame once its length is known. Default 30 s.</summary>
    public TimeSpan ReceiveTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time that a client has to take the next piece of a response. Default 30 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the timeouts are looked at, and so how late they may come. Default 1 s.</summary>
    public TimeSpan TimeoutScanInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">A limit makes no sense by itself or together with another.</exception>
    internal void Validate()
    {
        Require(MaxRequestBytes >= RequestFrameReader.MinFrameBytes, nameof(MaxRequestBytes), MaxRequestBytes);
        Require(MaxInFlightBytes >= MaxRequestBytes, nameof(MaxInFlightBytes), MaxInFlightBytes);
        Require(SmallRequestBytes >= 0, nameof(SmallRequestBytes), SmallRequestBytes);
        Require(MaxRequestsInProgress >= 1, nameof(MaxRequestsInProgress), MaxRequestsInProgress);
        Require(MaxConnections >= 1, nameof(MaxConnections), MaxConnections);
        Require(MaxConnectionsPerAddress >= 1, nameof(MaxConnectionsPerAddress), MaxConnectionsPerAddress);
        Require(IdleTimeout > TimeSpan.Zero, nameof(IdleTimeout), IdleTimeout);
        Require(ReceiveTimeout > TimeSpan.Zero, nameof(ReceiveTimeout), ReceiveTimeout);
        Require(WriteTimeout > TimeSpan.Zero, nameof(WriteTimeout), WriteTimeout);
        Require(TimeoutScanInterval > TimeSpan.Zero, nameof(TimeoutScanInterval), TimeoutScanInterval);
    }

    private static void Require(bool holds, string limit, object value)
    {
        if (!holds)
        {
            throw new ArgumentException($"The network limit {limit} cannot be {value}.");
        }
    }
}
