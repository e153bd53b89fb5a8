using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients;

/// <summary>What commands and the console talk to a cluster with. Clients of all kinds are made here, so that all report to the same place.</summary>
internal sealed class KafkaClient : IDisposable
{
    /// <summary>The largest record that a producer takes; how large records may be, their topic decides.</summary>
    public const int MaxRecordBytes = 128 * 1024 * 1024;

    private static readonly TimeSpan LeaderRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly ClientConfig _config;
    private readonly TimeProvider _timeProvider;
    private readonly Action<string>? _log;
    private readonly Lazy<IAdminClient> _admin;

    /// <param name="settings">How the cluster is reached.</param>
    /// <param name="timeout">How long an answer is waited for.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="log">Takes the clients' log, a line at a time; null: nobody wants it.</param>
    public KafkaClient(ClientSettings settings, TimeSpan timeout, TimeProvider timeProvider, Action<string>? log = null)
    {
        BootstrapServers = settings.BootstrapServers;
        Timeout = timeout;
        Reachability = new ClusterReachability(settings.BootstrapServers, timeProvider);
        _config = settings.ToConfig(log is not null);
        _timeProvider = timeProvider;
        _log = log;
        _admin = new Lazy<IAdminClient>(() => Build(() => new AdminClientBuilder(AdminConfig()).SetLogHandler(Log).SetErrorHandler(OnError).Build()));
    }

    public string BootstrapServers { get; }

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan Timeout { get; }

    public ClusterReachability Reachability { get; }

    /// <summary>For everything but records. What it is asked goes through <see cref="AskAsync"/>.</summary>
    public IAdminClient Admin => _admin.Value;

    /// <summary>Waits for an answer of <see cref="Admin"/>.</summary>
    /// <exception cref="CommandFailedException">No broker can be reached.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    /// <exception cref="OperationCanceledException">The command was stopped.</exception>
    public async Task<T> AskAsync<T>(Task<T> question, CancellationToken cancellationToken)
    {
        try
        {
            var first = await Task.WhenAny(question, Reachability.Unreachable).WaitAsync(Timeout, _timeProvider, cancellationToken);
            if (first != question)
            {
                await first;
            }

            var answer = await question;
            Reachability.OnAnswer();
            return answer;
        }
        catch (Exception e) when (e is TimeoutException or KafkaException { Error.Code: ErrorCode.Local_TimedOut or ErrorCode.Local_Transport })
        {
            throw new CommandFailedException(
                Reachability.HasAnswered ? $"The cluster gives no answer within {Timeout.TotalSeconds} s: --timeout waits longer." : Reachability.NoAnswer);
        }
    }

    /// <summary>Asks leaders of partitions, and again as long as one is just moving: of its own the library's admin client does not.</summary>
    /// <remarks>Nor does it (2.16.0) look for other leaders than those that it knows, also where they say that they are none any more.</remarks>
    /// <inheritdoc cref="AskAsync{T}" path="/exception"/>
    public async Task<T> AskLeadersAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        var started = _timeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                return await AskAsync(ask(), cancellationToken);
            }
            catch (KafkaException e) when (ErrorExplanation.IsOfMovingLeader(e) && _timeProvider.GetElapsedTime(started) < Timeout)
            {
                await Task.Delay(LeaderRetryDelay, _timeProvider, cancellationToken);
                await AskAsync(
                    Task.Factory.StartNew(() => Admin.GetMetadata(Timeout), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public async Task AskAsync(Task question, CancellationToken cancellationToken) =>
        await AskAsync(AsQuestionAsync(question), cancellationToken);

    /// <summary>Waits until a broker answers; costs nothing where one has.</summary>
    /// <inheritdoc cref="AskAsync{T}" path="/exception"/>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (!Reachability.HasAnswered)
        {
            await DescribeClusterAsync(cancellationToken);
        }
    }

    /// <summary>The cluster's brokers.</summary>
    /// <inheritdoc cref="AskAsync{T}" path="/exception"/>
    public Task<DescribeClusterResult> DescribeClusterAsync(CancellationToken cancellationToken) =>
        AskAsync(Admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = Timeout }), cancellationToken);

    /// <summary>Makes a producer with these properties, and those of the cluster.</summary>
    public IProducer<byte[]?, byte[]?> CreateProducer(ProducerConfig config)
    {
        config.MessageMaxBytes = MaxRecordBytes;
        return Build(() => new ProducerBuilder<byte[]?, byte[]?>(WithCluster(config)).SetLogHandler(Log).SetErrorHandler(OnError).Build());
    }

    /// <summary>Makes a consumer with these properties, and those of the cluster.</summary>
    public IConsumer<byte[]?, byte[]?> CreateConsumer(ConsumerConfig config)
    {
        // The library wants one also of who is in no group; nothing is committed to it.
        config.GroupId ??= ClientSettings.ClientId;
        return Build(() => new ConsumerBuilder<byte[]?, byte[]?>(WithCluster(config)).SetLogHandler(Log).SetErrorHandler(OnError).Build());
    }

    public void Dispose()
    {
        if (_admin.IsValueCreated)
        {
            _admin.Value.Dispose();
        }

        Reachability.Dispose();
    }

    private static async Task<bool> AsQuestionAsync(Task question)
    {
        await question;
        return true;
    }

    // What the user says of a property goes before what a command wants of it.
    private ClientConfig WithCluster(ClientConfig config)
    {
        foreach (var (name, value) in _config)
        {
            config.Set(name, value);
        }

        return config;
    }

    // How long an unused client takes to end, and so every command.
    private ClientConfig AdminConfig() => new(_config.ToDictionary()) { CancellationDelayMaxMs = 1 };

    private static T Build<T>(Func<T> build)
    {
        try
        {
            return build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // An unknown property, a wrong value, or a file with a certificate that is none.
            throw new CommandFailedException($"The Kafka client does not accept its properties: {e.Message}");
        }
    }

    private void OnError(IClient client, Error error) => Reachability.OnError(error);

    private void Log(IClient client, LogMessage message) => _log?.Invoke($"{message.Level} {message.Facility}: {message.Message}");
}
