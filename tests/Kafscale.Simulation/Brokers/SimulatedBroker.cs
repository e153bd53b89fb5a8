using Kafscale.Broker;
using Kafscale.Broker.Administration;
using Kafscale.Broker.Configuration;
using Kafscale.Metadata;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Defects;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;
using Kafscale.Simulation.Stores;
using Kafscale.Storage;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Simulation.Brokers;

/// <summary>One run of a broker's process: production's broker, put together as its command line does, on simulated stores and a simulated network.</summary>
internal sealed class SimulatedBroker(
    SimulatedProcess process,
    SimulatedNetwork network,
    BrokerOptions options,
    SimulatedObjectStore objects,
    SimulatedMetadataStore metadata,
    Defect defect,
    List<Violation> violations,
    Random random)
{
    // As of the command line.
    private static readonly TimeSpan StartupTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(25);

    private readonly CancellationTokenSource _stopRequested = new();
    private BrokerHost? _host;

    public SimulatedProcess Process => process;

    public int BrokerId => options.BrokerId;

    /// <summary>What it is doing; null where it has not started, or has ended.</summary>
    public BrokerStatus? Status => process.State == ProcessState.Running ? _host?.Look() : null;

    /// <summary>Its watches can be interrupted.</summary>
    public SimulatedMetadataStore Metadata => metadata;

    /// <summary>Whether it has ended because it was asked to, with everything done that belongs to that.</summary>
    public bool HasStoppedWell { get; private set; }

    /// <summary>Why the process has ended by itself, where it has with an error.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts the process; the task completes when it has ended by itself.</summary>
    public Task Start() => process.Start(async () =>
    {
        try
        {
            await RunAsync();
            HasStoppedWell = true;
        }
        catch (Exception exception)
        {
            // A process that ends with an error is started again by whoever supervises it.
            Failure = exception;
            process.Scheduler.Trace.Write(process.Name, $"ends: {exception}");
        }

        process.End();
    });

    /// <summary>SIGTERM.</summary>
    public void RequestStop() => process.Post(_ => _stopRequested.Cancel(), null);

    private async Task RunAsync()
    {
        var logging = new SimulatedLogging(process, violations);
        var monitor = new ObjectStoreHealthMonitor(new ObjectStoreHealthOptions(), process.Clock);
        await using var stack = ObjectStoreStack.Create(
            defect.Objects(objects), new ObjectStoreStackOptions { PrimaryObservers = [monitor], Prices = ObjectStorePrices.Free }, process.Clock, new Random(random.Next()));
        await using var prober = new ObjectStoreProber(
            stack.Primary, monitor, new ObjectKeys(options.Namespace).HealthProbe(options.BrokerId), process.Clock, new Random(random.Next()));
        prober.Start();
        await using var host = await StartAsync(stack.Lanes with { Health = monitor }, logging);
        _host = host;
        process.Scheduler.Trace.Write(process.Name, $"serves");
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _stopRequested.Token.UnsafeRegister(_ => stopRequested.TrySetResult(), null);
        if (await Task.WhenAny(stopRequested.Task, host.Completion) == host.Completion)
        {
            await host.Completion;
            throw new InvalidOperationException("The broker ended by itself.");
        }

        using var deadline = new CancellationTokenSource(StopTimeout, process.Clock);
        await host.StopAsync(deadline.Token);
        _host = null;
    }

    private async Task<BrokerHost> StartAsync(ObjectStoreLanes lanes, SimulatedLogging logging)
    {
        using var startup = new CancellationTokenSource(StartupTimeout, process.Clock);
        return await BrokerHost.StartAsync(
            options,
            new ListenAddress(options.AdvertisedHost, options.AdvertisedPort),
            null,
            dispatcher => new SimulatedListener(process, network, options.AdvertisedHost, options.AdvertisedPort, dispatcher, logging),
            lanes,
            defect.Metadata(metadata, BrokerId),
            process.Clock,
            new Random(random.Next()),
            logging,
            startup.Token);
    }
}
