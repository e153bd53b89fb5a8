using System.Net;
using System.Net.Sockets;

namespace Kafscale.Testing;

/// <summary>
/// Stands on loopback between a client and any server, so that the network between the two can be cut. As in a real network, a cut
/// closes no connection: nothing comes through, and what was on its way arrives once the cut is mended. Connections can also be reset,
/// as they are when a server is killed.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Uri _server;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private TaskCompletionSource _passage = CreateOpenPassage();
    private CancellationTokenSource _reset = new();

    private TcpProxy(Uri server)
    {
        _server = server;
        _listener = new TcpListener(IPAddress.Loopback, FreePort.Next());
        _listener.Start();
        Address = new Uri($"{server.Scheme}://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where the client connects instead of to the server.</summary>
    public Uri Address { get; }

    /// <summary>Starts a proxy through which everything passes.</summary>
    /// <param name="server">What it stands in front of.</param>
    public static TcpProxy Start(Uri server) => new(server);

    /// <summary>Lets nothing through from now on, in either direction.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            if (_passage.Task.IsCompleted)
            {
                _passage = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Lets everything through again, first what has been held back.</summary>
    public void Mend()
    {
        lock (_lock)
        {
            _passage.TrySetResult();
        }
    }

    /// <summary>Resets all connections, in the middle of whatever goes on; new ones are let through.</summary>
    public void Reset()
    {
        CancellationTokenSource reset;
        lock (_lock)
        {
            (reset, _reset) = (_reset, new CancellationTokenSource());
        }

        reset.Cancel();
    }

    /// <summary>Closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ending.Dispose();
        _reset.Dispose();
    }

    private static TaskCompletionSource CreateOpenPassage()
    {
        var passage = new TaskCompletionSource();
        passage.SetResult();
        return passage;
    }

    private static bool IsEndOfConnection(Exception exception) => exception is SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_ending.Token);
                _connections.RemoveAll(connection => connection.IsCompleted);
                _connections.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // Disposal.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await PassAsync();
                await server.ConnectAsync(_server.Host, _server.Port, _ending.Token);
                await using var reset = ReadReset().UnsafeRegister(_ => Reset(client, server), null);
                await await Task.WhenAny(ForwardAsync(client, server), ForwardAsync(server, client));
                await PassAsync();
            }
            catch (Exception exception) when (IsEndOfConnection(exception))
            {
                // One side is gone: the other one shall see the same.
            }
        }
    }

    // Closing then sends no more than that the connection is no more.
    private static void Reset(Socket client, Socket server)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        server.Dispose();
    }

    private async Task ForwardAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var received)
            {
                await PassAsync();
                for (var sent = 0; sent < received;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, received - sent), _ending.Token);
                }
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // As above: whoever waits for the first of the two directions to end closes both sides.
        }
    }

    private async Task PassAsync()
    {
        // Cut again by the time that it is mended, perhaps.
        for (Task passage; !(passage = ReadPassage()).IsCompleted;)
        {
            await passage.WaitAsync(_ending.Token);
        }
    }

    private CancellationToken ReadReset()
    {
        lock (_lock)
        {
            return _reset.Token;
        }
    }

    private Task ReadPassage()
    {
        lock (_lock)
        {
            return _passage.Task;
        }
    }
}
