using Kafscale.Storage.Health;

namespace Kafscale.Broker.Tests.Support;

/// <summary>An object store's health as a test says.</summary>
internal sealed class SetHealth : IObjectStoreHealth, IDisposable
{
    private readonly List<ObjectStoreHealthStatus> _history = [];
    private CancellationTokenSource _end = new();

    public SetHealth()
    {
        Status = new ObjectStoreHealthStatus(ObjectStoreHealthState.Healthy, DateTimeOffset.UnixEpoch, "As the test says.", _end.Token);
        _history.Add(Status);
    }

    public event Action<ObjectStoreHealthStatus>? Changed;

    public ObjectStoreHealthStatus Status { get; private set; }

    public IReadOnlyList<ObjectStoreHealthStatus> History => _history;

    public TimeSpan TimeInState { get; set; }

    public double ErrorRate { get; set; }

    public TimeSpan MeanLatency { get; set; }

    public void Become(ObjectStoreHealthState state)
    {
        var ended = _end;
        _end = new CancellationTokenSource();
        Status = new ObjectStoreHealthStatus(state, DateTimeOffset.UnixEpoch, "As the test says.", _end.Token);
        _history.Add(Status);
        ended.Cancel();
        ended.Dispose();
        Changed?.Invoke(Status);
    }

    public void Dispose() => _end.Dispose();
}
