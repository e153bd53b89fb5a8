using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>Takes what is sent by the OpenTelemetry protocol over HTTP, and reads as much of it as the tests ask for.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    private OtlpReceiver()
    {
        Address = $"http://127.0.0.1:{FreePort.Next()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    public ConcurrentQueue<OtlpSpan> Spans { get; } = [];

    /// <summary>The names of metrics that came.</summary>
    public ConcurrentDictionary<string, bool> Metrics { get; } = new();

    public static OtlpReceiver Start() => new();

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Take(context.Request.Url!.AbsolutePath, body.ToArray());
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    // Request { 1: resource { 2: scope { 2: span or metric } } }
    private void Take(string path, byte[] request)
    {
        foreach (var item in Fields(request, 1).SelectMany(resource => Fields(resource, 2)).SelectMany(scope => Fields(scope, 2)))
        {
            if (path == "/v1/traces")
            {
                Spans.Enqueue(OtlpSpan.Parse(item));
            }
            else if (path == "/v1/metrics")
            {
                Metrics[System.Text.Encoding.UTF8.GetString(Fields(item, 1).Single())] = true;
            }
        }
    }

    /// <summary>The values of a message's field whose values have lengths.</summary>
    public static IReadOnlyList<byte[]> Fields(byte[] message, int number)
    {
        var values = new List<byte[]>();
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited && WireFormat.GetTagFieldNumber(tag) == number)
            {
                values.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return values;
    }
}
