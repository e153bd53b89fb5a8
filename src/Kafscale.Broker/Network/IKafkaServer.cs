using System.Net;

namespace Kafscale.Broker.Network;

/// <summary>Listens for Kafka clients, on sockets or on a simulated network.</summary>
internal interface IKafkaServer : IAsyncDisposable
{
    /// <summary>The connections that are open.</summary>
    int ConnectionCount { get; }

    /// <summary>Where a listener is bound, with the real port where 0 was asked for. To be read once the server is started.</summary>
    IPEndPoint EndPointOf(string listenerName);

    /// <exception cref="IOException">An address is in use or not one of this machine.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Accepts no more connections and begins no more requests, lets those in progress be answered, and closes all
    /// connections. Does not wait for clients to hang up.
    /// </summary>
    /// <param name="deadline">Cancelled when what is still in progress is to be ended.</param>
    Task StopAsync(CancellationToken deadline);
}
