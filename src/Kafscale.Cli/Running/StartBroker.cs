using Kafscale.Broker.Configuration;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Opens the stores of a configuration and starts a broker on them; ready once the task completes.</summary>
/// <exception cref="StartFailedException">It cannot start, for a reason that a person can do something about.</exception>
internal delegate Task<IRunningBroker> StartBroker(
    BrokerConfiguration configuration, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken);
