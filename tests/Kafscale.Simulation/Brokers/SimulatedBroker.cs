using Kafscale.Broker;
using Kafscale.Metadata;
using Kafscale.Simulation.Checking;
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
    List<Violation> violations,
    Random random)
{
    private readonly CancellationTokenSource _stopRequested = new();
    private SimulatedListener? _listener;

    public SimulatedProcess Process => process;

    public int BrokerId => options.BrokerId;

    /// <summary>The broker itself; null until it is put together.</summary>
    public BrokerNode? Node { get; private set; }

    /// <summary>Its watches can be interrupted.</summary>
    public SimulatedMetadataStore Metadata => metadata;

    /// <summary>Whether it has started and not ended.</summary>
    public bool IsServing { get; private set; }

    /// <summary>How many clients are connected.</summary>
    public int Connections => _listener?.ConnectionCount ?? 0;

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

        IsServing = false;
        process.End();
    });

    /// <summary>SIGTERM.</summary>
    public void RequestStop() => process.Post(_ => _stopRequested.Cancel(), null);

    private async Task RunAsync()
    {
        var logging = new SimulatedLogging(process, violations);
        var monitor = new ObjectStoreHealthMonitor(new ObjectStoreHealthOptions(), process.Clock);
        await using var stack = ObjectStoreStack.Create(
            objects, new ObjectStoreStackOptions { PrimaryObservers = [monitor], Prices = ObjectStorePrices.Free }, process.Clock, new Random(random.Next()));
        await using var prober = new ObjectStoreProber(
            stack.Primary, monitor, new ObjectKeys(options.Namespace).HealthProbe(options.BrokerId), process.Clock, new Random(random.Next()));
        prober.Start();
        await using var node = new BrokerNode(options, stack.Lanes with { Health = monitor }, metadata, process.Clock, new Random(random.Next()), logging);
        Node = node;
        await using var listener = new SimulatedListener(process, node.Dispatcher, logging);
        _listener = listener;
        using var startup = new CancellationTokenSource(TimeSpan.FromMinutes(1), process.Clock);
        await node.StartAsync(startup.Token);
        network.Listen(options.AdvertisedHost, options.AdvertisedPort, listener);
        await node.AnnounceAsync(options.AdvertisedHost, options.AdvertisedPort, startup.Token);
        IsServing = true;
        process.Scheduler.Trace.Write(process.Name, $"serves");
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _stopRequested.Token.UnsafeRegister(_ => stopRequested.TrySetResult(), null);
        if (await Task.WhenAny(stopRequested.Task, node.Completion) == node.Completion)
        {
            await node.Completion;
            throw new InvalidOperationException("The broker ended by itself.");
        }

        await StopAsync(node, listener);
    }

    private async Task StopAsync(BrokerNode node, SimulatedListener listener)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(25), process.Clock);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), process.Clock);
        try
        {
            await node.DrainAsync(patience.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or Kafscale.Metadata.Cluster.SessionLostException or MetadataUnavailableException)
        {
            // Others take over when the session has ended.
        }

        network.StopListening(options.AdvertisedHost, options.AdvertisedPort, listener);
        await listener.StopAsync(deadline.Token);
        await node.StopAsync(deadline.Token);
    }
}
