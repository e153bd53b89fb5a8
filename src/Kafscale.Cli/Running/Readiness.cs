namespace Kafscale.Cli.Running;

/// <summary>Whether clients may be sent to this process, and if not, why.</summary>
internal sealed class Readiness
{
    private volatile IRunningBroker? _broker;
    private volatile string? _waitingFor;
    private volatile bool _isStopping;

    /// <summary>Empty where the process is ready.</summary>
    public IReadOnlyList<string> NotReadyReasons =>
        _isStopping ? ["The broker is stopping."]
        : _broker is { } broker ? broker.NotReadyReasons
        : _waitingFor is { } waitingFor ? ["The broker is starting.", waitingFor]
        : ["The broker is starting."];

    /// <summary>The broker, between its start and its stop.</summary>
    public IRunningBroker? Broker => _isStopping ? null : _broker;

    /// <summary>The start waits for something.</summary>
    /// <param name="waitingFor">What for, in a sentence.</param>
    public void Waiting(string waitingFor) => _waitingFor = waitingFor;

    public void Started(IRunningBroker broker) => _broker = broker;

    public void Stopping() => _isStopping = true;
}
