using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Running;

/// <summary>A broker that has been started, with the stores it stands on. Disposal releases everything.</summary>
internal interface IRunningBroker : IAsyncDisposable
{
    /// <summary>Where Kafka clients connect, with the port that the listener is bound to.</summary>
    ListenAddress Listener { get; }

    /// <summary>Why clients should not be sent here now; empty where they may be.</summary>
    IReadOnlyList<string> NotReadyReasons { get; }

    /// <summary>Ends with an error when the broker cannot go on; ends well once it has been stopped.</summary>
    Task Completion { get; }

    /// <summary>Flushes what is buffered, answers what is in progress and closes the connections.</summary>
    /// <param name="deadline">Cancelled where the time for that is over: then it stops at once.</param>
    Task StopAsync(CancellationToken deadline);
}
