using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker;

/// <summary>What lives exactly as long as one session of a broker.</summary>
internal interface IServingSession : IAsyncDisposable
{
    BrokerSession Session { get; }

    /// <summary>Begins to do what the broker is there for.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Completes when the session is lost or is being ended, or when it can not go on.</summary>
    Task WaitUntilEndedAsync();

    /// <summary>Writes what is buffered and ends the session, or gives it up where it is lost or the deadline has passed.</summary>
    Task StopAsync(CancellationToken deadline);
}
