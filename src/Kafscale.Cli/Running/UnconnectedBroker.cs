using System.Net;
using System.Net.Sockets;
using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Running;

/// <summary>Holds the listener's port until the broker takes this place; see <see cref="BrokerComposition"/>.</summary>
internal sealed class UnconnectedBroker : IRunningBroker
{
    private readonly TcpListener _listener;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private UnconnectedBroker(TcpListener listener, ListenAddress address)
    {
        _listener = listener;
        Listener = address;
    }

    public ListenAddress Listener { get; }

    public IReadOnlyList<string> NotReadyReasons => [];

    public Task Completion => _completion.Task;

    public static async Task<UnconnectedBroker> StartAsync(ListenAddress address, CancellationToken cancellationToken)
    {
        var listener = new TcpListener(await address.ResolveAsync(cancellationToken));
        listener.Start();
        return new UnconnectedBroker(listener, address with { Port = ((IPEndPoint)listener.LocalEndpoint).Port });
    }

    public Task StopAsync(CancellationToken deadline)
    {
        _completion.TrySetResult();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
