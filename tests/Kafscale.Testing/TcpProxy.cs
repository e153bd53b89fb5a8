using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Kafscale.Testing;

/// <summary>
/// Stands on loopback between a client and any server, so that the network between the two can be cut. As in a real network, a cut
/// closes no connection: nothing comes through, and what was on its way arrives once the cut is mended. Connections can also be reset,
/// as they are when a server is killed.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    // Of one connection and direction; then the sender has to wait, as it would for a network.
    private const int MaxHeldReceptions = 1024;

    private readonly Uri _server;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _connections = [];
    private readonly ProxyPassage _requests = new();
    private readonly ProxyPassage _answers = new();
    private readonly Task _accepting;
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
        _requests.Cut();
        _answers.Cut();
    }

    /// <summary>Lets through what the client sends, and nothing that the server answers.</summary>
    public void CutAnswers() => _answers.Cut();

    /// <summary>Lets everything through again, first what has been held back.</summary>
    public void Mend()
    {
        _requests.Mend();
        _answers.Mend();
    }

    /// <summary>Whether something that the client has sent, and that has not come through yet, has this text in it.</summary>
    public bool HoldsRequest(string text) => _requests.Holds(text);

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

    private static bool IsEndOfConnection(Exception exception) =>
        exception is SocketException or ObjectDisposedException or OperationCanceledException or ChannelClosedException;

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
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        Task[] directions = [];
        try
        {
            await _requests.WaitAsync(_ending.Token);
            await server.ConnectAsync(_server.Host, _server.Port, _ending.Token);
            await using var reset = ReadReset().UnsafeRegister(_ => Reset(client, server), null);
            directions = [ForwardAsync(client, server, _requests), ForwardAsync(server, client, _answers)];

            // Where one side is gone, the other one shall see the same, as soon as it can see anything.
            await Task.WhenAny(directions);
            await _requests.WaitAsync(_ending.Token);
            await _answers.WaitAsync(_ending.Token);
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // As above.
        }
        finally
        {
            client.Dispose();
            server.Dispose();
            await Task.WhenAll(directions);
        }
    }

    // Closing then sends no more than that the connection is no more.
    private static void Reset(Socket client, Socket server)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        server.Dispose();
    }

    private async Task ForwardAsync(Socket from, Socket to, ProxyPassage passage)
    {
        var received = Channel.CreateBounded<byte[]>(MaxHeldReceptions);
        await Task.WhenAll(ReceiveAsync(from, received, passage), SendAsync(received, to, passage));
    }

    private async Task ReceiveAsync(Socket from, Channel<byte[]> received, ProxyPassage passage)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var length)
            {
                var reception = buffer[..length];
                passage.Add(reception);
                await received.Writer.WriteAsync(reception, _ending.Token);
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // What has been received goes on its way.
        }
        finally
        {
            received.Writer.TryComplete();
        }
    }

    private async Task SendAsync(Channel<byte[]> received, Socket to, ProxyPassage passage)
    {
        try
        {
            await foreach (var reception in received.Reader.ReadAllAsync(_ending.Token))
            {
                await passage.WaitAsync(_ending.Token);
                for (var sent = 0; sent < reception.Length;)
                {
                    sent += await to.SendAsync(reception.AsMemory(sent), _ending.Token);
                }

                passage.Remove(reception);
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // Nobody is there to send to.
            received.Writer.TryComplete();
        }
    }

    private CancellationToken ReadReset()
    {
        lock (_lock)
        {
            return _reset.Token;
        }
    }
}
