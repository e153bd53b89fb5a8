using Kafscale.Broker.Concurrency;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Cluster;

/// <summary>Does something about every change of the cluster; where it fails, again after a pause. Several changes may be one.</summary>
/// <param name="name">What it does, for the log.</param>
/// <param name="react">What is done; changes that come meanwhile have it done once more.</param>
/// <param name="cluster">Whose changes.</param>
/// <param name="backoff">The pauses after failures.</param>
/// <param name="logger">Told of failures.</param>
internal sealed partial class ClusterReaction(
    string name, Func<CancellationToken, Task> react, ClusterState cluster, RetryBackoff backoff, ILogger logger)
{
    private readonly AsyncSignal _changed = new();

    /// <summary>Goes on, beginning at once, until cancelled or until the session is lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        cluster.Changed += _changed.Set;
        try
        {
            var failures = 0;
            while (true)
            {
                try
                {
                    await react(cancellationToken);
                    failures = 0;
                }
                catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException))
                {
                    LogFailed(exception, name);
                    await backoff.WaitAsync(failures++, cancellationToken);
                    continue;
                }

                await _changed.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            cluster.Changed -= _changed.Set;
        }
    }

    [LoggerMessage(1802, LogLevel.Error, "{Name} failed; trying again.")]
    private partial void LogFailed(Exception exception, string name);
}
