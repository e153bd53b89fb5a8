using Kafscale.Broker.Configuration;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Opens the stores of a configuration and starts a broker on them; ready once the task completes.</summary>
/// <param name="configuration">What it is told.</param>
/// <param name="onWaiting">Told of what the start waits for now, in a sentence.</param>
/// <param name="loggerFactory">Takes what happens.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="cancellationToken">Gives up.</param>
/// <exception cref="StartFailedException">It cannot start, for a reason that a person can do something about.</exception>
internal delegate Task<IRunningBroker> StartBroker(
    BrokerConfiguration configuration, Action<string> onWaiting, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken);
