using System.Net;
using System.Text;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>Serves one text to whoever scrapes it.</summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    private MetricsPage(string text)
    {
        Address = $"127.0.0.1:{FreePort.Next()}";
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Host and port.</summary>
    public string Address { get; }

    public static MetricsPage Start(string text) => new(text);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync(byte[] text)
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                context.Response.ContentType = "text/plain; version=0.0.4";
                await context.Response.OutputStream.WriteAsync(text);
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
