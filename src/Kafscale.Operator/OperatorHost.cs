using k8s;
using k8s.Autorest;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator;

/// <summary>An operator: it waits until it holds the Lease, works as long as it does, and waits again.</summary>
internal sealed partial class OperatorHost : IAsyncDisposable
{
    private readonly IKubernetes _kubernetes;
    private readonly OperatorOptions _options;
    private readonly OperatorOutside _outside;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly ILoggerFactory _loggerFactory;
    private readonly ILogger<OperatorHost> _logger;
    private readonly OperatorMetrics _metrics;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LeaderElector _elector;
    private Task _running = Task.CompletedTask;

    public OperatorHost(
        IKubernetes kubernetes, OperatorOptions options, OperatorOutside outside, string identity, TimeProvider timeProvider, Random random, ILoggerFactory loggerFactory)
    {
        (_kubernetes, _options, _outside, _timeProvider, _random, _loggerFactory) = (kubernetes, options, outside, timeProvider, random, loggerFactory);
        _logger = loggerFactory.CreateLogger<OperatorHost>();
        _metrics = new OperatorMetrics(options, timeProvider);
        _elector = new LeaderElector(new LeaderElectionConfig(new LeaseLock(kubernetes, options.LeaderKey.Namespace, options.LeaderKey.Name, identity))
        {
            LeaseDuration = options.LeaseDuration,
            RenewDeadline = options.LeaseDuration * 2 / 3,
            RetryPeriod = options.LeaseDuration / 7.5,
        });
        _elector.OnError += e => LogElection(_logger, e.Message);
        _elector.OnNewLeader += leader => LogLeader(_logger, leader);
    }

    /// <summary>Whether this operator works.</summary>
    public bool IsLeader => _metrics.IsLeader;

    /// <summary>Ends when the operator stops, or with what it cannot go on after.</summary>
    public Task Completion => _running;

    public void Start() => _running = RunAsync(_stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(_running);
        _elector.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            using var leading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var work = Task.CompletedTask;
            void OnStarted()
            {
                _metrics.IsLeader = true;
                LogWorking(_logger);
                work = WorkAsync(leading);
            }

            _elector.OnStartedLeading += OnStarted;
            try
            {
                await _elector.RunUntilLeadershipLostAsync(leading.Token);
            }
            catch (OperationCanceledException) when (leading.IsCancellationRequested)
            {
                // The operator stops, or cannot work. Its Lease runs out by itself.
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException or HttpOperationException or KubernetesException)
            {
                // The API server is away or slow: the next attempt is as good as the first.
                LogElection(_logger, e.Message);
                await Task.WhenAny(Task.Delay(_options.LeaseDuration / 7.5, _timeProvider, cancellationToken));
            }
            finally
            {
                _elector.OnStartedLeading -= OnStarted;
                _metrics.IsLeader = false;
                await leading.CancelAsync();
                await work;
            }
        }
    }

    // Whoever holds the Lease and does not work keeps the other one from it.
    private async Task WorkAsync(CancellationTokenSource leading)
    {
        try
        {
            using var work = new OperatorWork(_kubernetes, _options, _outside, _metrics, _timeProvider, _random, _loggerFactory);
            await work.RunAsync(leading.Token);
        }
        finally
        {
            await leading.CancelAsync();
        }
    }

    [LoggerMessage(2431, LogLevel.Information, "The operator holds the Lease and works")]
    private static partial void LogWorking(ILogger logger);

    [LoggerMessage(2432, LogLevel.Information, "The Lease is held by {Leader}")]
    private static partial void LogLeader(ILogger logger, string leader);

    [LoggerMessage(2433, LogLevel.Warning, "The Lease could not be read or written: {Reason}")]
    private static partial void LogElection(ILogger logger, string reason);
}
