using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kafscale.Testing.Http;

/// <summary>An HTTP server that says exactly what a test wants it to say, however wrong that is.</summary>
/// <remarks>It reads each request whole and hands it to the test, which writes the answer as bytes. Every connection has one request.</remarks>
public sealed class FakeHttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FakeHttpRequest, Stream, CancellationToken, Task> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private readonly List<Task> _connections = [];

    /// <summary>Starts to listen on a free port.</summary>
    /// <param name="answer">Writes the answer to a request. The connection is closed when the task completes.</param>
    /// <param name="certificate">With a certificate it speaks TLS.</param>
    public FakeHttpServer(Func<FakeHttpRequest, Stream, CancellationToken, Task> answer, X509Certificate2? certificate = null)
    {
        _answer = answer;
        _certificate = certificate;
        _listener.Start();
        Address = new Uri($"{(certificate is null ? "http" : "https")}://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>Starts a server that gives each request the answer that a function makes.</summary>
    public FakeHttpServer(Func<FakeHttpRequest, string> answer, X509Certificate2? certificate = null)
        : this(
            (request, stream, cancellationToken) => stream.WriteAsync(Encoding.UTF8.GetBytes(answer(request)), cancellationToken).AsTask(),
            certificate)
    {
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A whole answer.</summary>
    /// <param name="status">As in <c>503 Slow Down</c>.</param>
    /// <param name="body">The body.</param>
    /// <param name="headers">More header lines, each with its line end.</param>
    public static string Answer(string status, string body = "", string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    /// <summary>Ends all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = await OpenAsync(client);
                if (await FakeHttpRequest.ReadAsync(stream, _stop.Token) is { } request)
                {
                    await _answer(request, stream, _stop.Token);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or AuthenticationException)
            {
                // The other side has given up, or the test is over.
            }
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var encrypted = new SslStream(client.GetStream());
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
        return encrypted;
    }
}
