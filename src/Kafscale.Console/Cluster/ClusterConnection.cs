using Confluent.Kafka;
using Kafscale.Clients;

namespace Kafscale.Console.Cluster;

/// <summary>The console's Kafka client: made when it is needed, and made anew after no broker could be reached.</summary>
internal sealed class ClusterConnection(ConsoleOptions options, TimeProvider timeProvider) : IDisposable
{
    private readonly Lock _lock = new();
    private KafkaClient? _client;
    private bool _isDisposed;

    public string BootstrapServers => options.Cluster.BootstrapServers;

    /// <summary>Asks the cluster, once a broker has answered.</summary>
    /// <exception cref="CommandFailedException">No broker can be reached, or what is asked for does not exist.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public async Task<T> AskAsync<T>(Func<KafkaClient, Task<T>> ask, CancellationToken cancellationToken)
    {
        var client = Current();
        var started = timeProvider.GetTimestamp();
        try
        {
            await client.ConnectAsync(cancellationToken);
            return await ask(client);
        }
        catch (CommandFailedException) when (client.Reachability.Unreachable.IsCompleted || timeProvider.GetElapsedTime(started) >= options.Timeout)
        {
            Replace(client);
            throw;
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public Task AskAsync(Func<KafkaClient, Task> ask, CancellationToken cancellationToken) => AskAsync(
        async client =>
        {
            await ask(client);
            return true;
        },
        cancellationToken);

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _client?.Dispose();
            _client = null;
        }
    }

    private KafkaClient Current()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _client ??= new KafkaClient(options.Cluster, options.Timeout, timeProvider);
        }
    }

    // One that has found nobody says so for ever, and one that gives no answer in time may be locked up.
    private void Replace(KafkaClient client)
    {
        lock (_lock)
        {
            if (_client == client)
            {
                _client = null;

                // By a thread that nobody waits for: to end one that is locked up may take for ever.
                _ = Task.Factory.StartNew(client.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
    }
}
