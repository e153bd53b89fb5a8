using Confluent.Kafka;
using Kafscale.Clients;

namespace Kafscale.Console.Cluster;

/// <summary>The console's Kafka client: made when it is needed, and made anew when the one that there is may know a cluster that is no more.</summary>
/// <remarks>
/// What is for the controller, the native library (2.16.0) keeps for the broker that it knows as such. Where that one is gone, it tries to connect to it
/// thousands of times a second, looks for no other, and gives no answer before the request times out; requests that come later fare no better. A new
/// client asks who there is.
/// </remarks>
internal sealed class ClusterConnection(ConsoleOptions options, TimeProvider timeProvider) : IDisposable
{
    // Longer than any answer takes that does not need the object store for long.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(4);

    private readonly Lock _lock = new();
    private HeldClient? _current;
    private bool _isDisposed;

    public string BootstrapServers => options.Cluster.BootstrapServers;

    /// <summary>Asks the cluster, once a broker has answered; also for changes, because it asks once.</summary>
    /// <exception cref="CommandFailedException">No broker can be reached, or what is asked for does not exist.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public async Task<T> AskAsync<T>(Func<KafkaClient, Task<T>> ask, CancellationToken cancellationToken)
    {
        var held = Take();
        var client = held.Client;
        var started = timeProvider.GetTimestamp();
        try
        {
            await client.ConnectAsync(cancellationToken);
            return await ask(client);
        }
        catch (Exception e) when (e is OperationCanceledException
            || (e is CommandFailedException && (client.Reachability.Unreachable.IsCompleted || timeProvider.GetElapsedTime(started) >= options.Timeout)))
        {
            // One that has found nobody says so for ever, and one that gives no answer in time may never give any.
            Retire(held);
            throw;
        }
        finally
        {
            Return(held);
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

    /// <summary>Asks the cluster for what changes nothing; where there is no answer soon, again by a new client and with twice the patience.</summary>
    /// <param name="read">Asks; gives up when its token says so.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <inheritdoc cref="AskAsync{T}" path="/exception"/>
    public async Task<T> ReadAsync<T>(Func<KafkaClient, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var patience = FirstPatience; patience < options.Timeout; patience *= 2)
        {
            using var impatience = new CancellationTokenSource(patience, timeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(impatience.Token, cancellationToken);
            try
            {
                return await AskAsync(client => read(client, either.Token), either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Once more.
            }
        }

        return await AskAsync(client => read(client, cancellationToken), cancellationToken);
    }

    /// <summary>The cluster's brokers are others than before: whoever asks from now on does so by a new client.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            if (_current is { } current)
            {
                Retire(current);
                EndIfUnused(current);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _current?.Client.Dispose();
            _current = null;
        }
    }

    private HeldClient Take()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _current ??= new HeldClient(new KafkaClient(options.Cluster, options.Timeout, timeProvider));
            _current.Users++;
            return _current;
        }
    }

    private void Retire(HeldClient held)
    {
        lock (_lock)
        {
            if (_current == held)
            {
                _current = null;
                held.IsRetired = true;
            }
        }
    }

    private void Return(HeldClient held)
    {
        lock (_lock)
        {
            held.Users--;
            EndIfUnused(held);
        }
    }

    private static void EndIfUnused(HeldClient held)
    {
        if (held is { IsRetired: true, Users: 0 })
        {
            // By a thread that nobody waits for: to end one that is locked up may take for ever.
            _ = Task.Factory.StartNew(held.Client.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>A client, and how many ask by it just now.</summary>
    private sealed class HeldClient(KafkaClient client)
    {
        public KafkaClient Client => client;

        public int Users { get; set; }

        /// <summary>Nobody begins to use it any more, and the last one ends it.</summary>
        public bool IsRetired { get; set; }
    }
}
