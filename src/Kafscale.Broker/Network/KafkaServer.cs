using System.Net;
using Kafscale.Broker.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Network;

/// <summary>Listens for Kafka clients: Kestrel's sockets, and a <see cref="KafkaConnection"/> on each.</summary>
internal sealed class KafkaServer : IKafkaServer
{
    private const int BlockBytes = 64 * 1024;
    private const long MaxKeptBlockBytes = 64L * 1024 * 1024;

    /// <summary>What the transport receives ahead of the requests in progress, per connection.</summary>
    private const long MaxReceiveAheadBytes = 64 * 1024;

    /// <summary>Two pieces of a large response: one is being sent while the next one is written.</summary>
    private const long MaxUnsentBytes = 2 * ResponseWriter.PieceBytes;

    private readonly WebApplication _host;
    private readonly ConnectionRegistry _registry;
    private readonly CancellationTokenSource _aborting = new();
    private readonly List<(KafkaListenerOptions Listener, ListenOptions Bound)> _listeners = [];

    public KafkaServer(
        IReadOnlyList<KafkaListenerOptions> listeners,
        NetworkLimits limits,
        RequestDispatcher dispatcher,
        TimeProvider timeProvider,
        ILoggerFactory loggerFactory)
    {
        var services = new ConnectionServices(limits, dispatcher, timeProvider, loggerFactory.CreateLogger("Kafscale.Broker.Network"));
        _registry = new ConnectionRegistry(limits, timeProvider);

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets =>
        {
            // A request is handled on the thread on which it was received, without going through two queues. Kestrel
            // calls that unsafe because a handler that blocks would stall a queue: there is none of those.
            sockets.UnsafePreferInlineScheduling = true;
            sockets.MaxReadBufferSize = MaxReceiveAheadBytes;
            sockets.MaxWriteBufferSize = MaxUnsentBytes;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (KafkaListenerOptions listener in listeners)
            {
                var handler = new KafkaConnectionHandler(listener.Name, services, _registry, _aborting.Token);
                kestrel.Listen(listener.EndPoint, bound =>
                {
                    bound.Run(handler.OnConnectedAsync);
                    _listeners.Add((listener, bound));
                });
            }
        });
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();

        // After Kestrel's own, which the transport would take otherwise.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new ReceiveBlockPool(BlockBytes, MaxKeptBlockBytes));
        _host = builder.Build();
    }

    public int ConnectionCount => _registry.Count;

    public IPEndPoint EndPointOf(string listenerName) =>
        _listeners.First(entry => entry.Listener.Name == listenerName).Bound.IPEndPoint
        ?? throw new InvalidOperationException($"The listener {listenerName} is not bound.");

    public Task StartAsync(CancellationToken cancellationToken) => _host.StartAsync(cancellationToken);

    public async Task StopAsync(CancellationToken deadline)
    {
        using CancellationTokenRegistration abort = deadline.UnsafeRegister(static aborting => ((CancellationTokenSource)aborting!).Cancel(), _aborting);
        await _host.StopAsync(deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await _aborting.CancelAsync();
        await _host.DisposeAsync();
        await _registry.DisposeAsync();
        _aborting.Dispose();
    }
}
