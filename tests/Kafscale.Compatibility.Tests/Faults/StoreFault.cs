namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>Something that goes wrong between a broker and its object store, or with one of them.</summary>
/// <param name="Begin">Lets it begin.</param>
/// <param name="End">Lets it end.</param>
internal sealed record StoreFault(Func<FaultyS3, Task> Begin, Func<FaultyS3, Task> End)
{
    /// <summary>Whether records are acknowledged while it lasts.</summary>
    public bool IsBornByProducers { get; init; }

    /// <summary>What it does to requests on their way to the store.</summary>
    public static StoreFault OfRequests(params Testing.ProxyFault[] faults) => new(
        s3 =>
        {
            s3.Proxy.Use(faults);
            return Task.CompletedTask;
        },
        s3 =>
        {
            s3.Proxy.Use();
            return Task.CompletedTask;
        });

    /// <summary>What a signal does to a process, and what ends that.</summary>
    public static StoreFault OfSignals(Action<FaultyS3, Testing.Signal> send) => new(
        s3 =>
        {
            send(s3, Testing.Signal.Stop);
            return Task.CompletedTask;
        },
        s3 =>
        {
            send(s3, Testing.Signal.Continue);
            return Task.CompletedTask;
        });
}
