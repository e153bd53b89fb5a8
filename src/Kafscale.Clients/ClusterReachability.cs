using Confluent.Kafka;

namespace Kafscale.Clients;

/// <summary>
/// Listens to what clients say about their connections, so that a command ends soon, and says why, where no broker can be reached.
/// Left alone, a client tries again until its requests have timed out, and then tells of the timeout alone.
/// </summary>
internal sealed class ClusterReachability : IDisposable
{
    // Long enough for a broker that was started together with the command.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly TaskCompletionSource _unreachable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _bootstrapServers;
    private readonly ITimer _patience;
    private volatile string? _reason;
    private int _isWaiting;
    private volatile bool _hasAnswered;

    public ClusterReachability(string bootstrapServers, TimeProvider timeProvider)
    {
        _bootstrapServers = bootstrapServers;
        _patience = timeProvider.CreateTimer(_ => Fail(NoAnswer), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Fails once there is no more hope; never succeeds.</summary>
    public Task Unreachable => _unreachable.Task;

    /// <summary>Whether a broker has ever answered.</summary>
    public bool HasAnswered => _hasAnswered;

    /// <summary>What to say where nobody answers.</summary>
    public string NoAnswer =>
        $"No broker answers at {_bootstrapServers}. {(_reason is null ? "" : _reason + " ")}Check that one runs there, and --bootstrap-server, --profile and --tls.";

    /// <summary>Told what a client says; called by threads of the clients.</summary>
    public void OnError(Error error)
    {
        switch (error.Code)
        {
            case ErrorCode.Local_Authentication:
                Fail($"The cluster at {_bootstrapServers} does not let the user in: {Tidy(error.Reason)} Check --sasl-mechanism, --sasl-user and the password.");
                break;
            case ErrorCode.Local_Ssl:
                Fail($"There is no encrypted connection to {_bootstrapServers}: {Tidy(error.Reason)} Check that brokers speak TLS there, and --tls-ca.");
                break;
            case ErrorCode.Local_Transport or ErrorCode.Local_Resolve:
                _reason = Tidy(error.Reason);
                break;
            case ErrorCode.Local_AllBrokersDown when Interlocked.Exchange(ref _isWaiting, 1) == 0:
                _patience.Change(Patience, Timeout.InfiniteTimeSpan);
                break;
        }
    }

    /// <summary>A broker has answered: what was in the way is over.</summary>
    public void OnAnswer()
    {
        _hasAnswered = true;
        _patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref _isWaiting, 0);
    }

    public void Dispose() => _patience.Dispose();

    private void Fail(string message)
    {
        if (_unreachable.TrySetException(new CommandFailedException(message)))
        {
            // A command that waits for nothing any more does not look at it.
            _ = _unreachable.Task.Exception;
        }
    }

    // As in: "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)"
    private static string Tidy(string reason)
    {
        var end = reason.IndexOf(" (after ", StringComparison.Ordinal);
        var text = end < 0 ? reason : reason[..end];
        return text.EndsWith('.') || text.EndsWith('?') ? text : text + ".";
    }
}
