namespace Kafscale.Broker.Requests;

/// <summary>What is known of the client at the other end of a connection.</summary>
/// <param name="id">Names the connection in logs; unique while the broker runs.</param>
/// <param name="listenerName">The listener that the client came in by.</param>
/// <param name="host">The client's address, without port.</param>
internal sealed class ClientConnection(string id, string listenerName, string host)
{
    public string Id => id;

    public string ListenerName => listenerName;

    public string Host => host;

    /// <summary>What the client calls itself in ApiVersions (KIP-511); "unknown" where it says nothing.</summary>
    public string SoftwareName { get; set; } = "unknown";

    /// <summary>The version of the client in ApiVersions (KIP-511); "unknown" where it says nothing.</summary>
    public string SoftwareVersion { get; set; } = "unknown";
}
