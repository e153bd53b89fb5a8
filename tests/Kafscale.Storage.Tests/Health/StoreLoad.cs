using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.Health;

/// <summary>Operations of a simulated store in virtual time, told to a monitor.</summary>
internal sealed class StoreLoad
{
    private readonly Random _random;

    public StoreLoad(int seed = 1, ObjectStoreHealthOptions? options = null)
    {
        _random = new Random(seed);
        Monitor = new ObjectStoreHealthMonitor(options ?? new ObjectStoreHealthOptions(), Time);
    }

    public FakeTimeProvider Time { get; } = new();

    public ObjectStoreHealthMonitor Monitor { get; }

    public ObjectStoreHealthState State => Monitor.Status.State;

    /// <summary>How often the state has changed.</summary>
    public int Changes => Monitor.History.Count - 1;

    /// <summary>A latency whose p99 is three times its median.</summary>
    public TimeSpan Lognormal(double medianMs) => TimeSpan.FromMilliseconds(medianMs * Math.Exp(Math.Log(3) / 2.326 * Normal()));

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public TimeSpan Between(double fromMs, double toMs) => TimeSpan.FromMilliseconds(fromMs + (_random.NextDouble() * (toMs - fromMs)));

    public void Complete(ObjectStoreOperation operation, ObjectStoreOutcome outcome, TimeSpan duration, long bytes = 0) =>
        Monitor.OnCompleted(new CompletedOperation(operation, outcome, duration, bytes));

    public void Complete(ObjectStoreOperation operation, ObjectStoreOutcome outcome = ObjectStoreOutcome.Success) =>
        Complete(operation, outcome, TimeSpan.FromMilliseconds(20));

    /// <summary>Lets operations end at random times, until the time is over or somebody says that it is enough.</summary>
    /// <returns>How long it went on.</returns>
    public TimeSpan Run(TimeSpan time, double operationsPerSecond, Action complete, Func<bool>? isEnough = null)
    {
        var startedAt = Time.GetTimestamp();
        while (Time.GetElapsedTime(startedAt) < time && isEnough?.Invoke() != true)
        {
            Time.Advance(TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / operationsPerSecond));
            complete();
        }

        return Time.GetElapsedTime(startedAt);
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
