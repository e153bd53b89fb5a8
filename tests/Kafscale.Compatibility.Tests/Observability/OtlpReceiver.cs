using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>Takes what is sent by the OpenTelemetry protocol, over HTTP or gRPC, and reads as much of it as the tests ask for.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int FramePrefixBytes = 5;

    // What a collector of today listens to, by protocol.
    private static readonly Dictionary<string, (string Traces, string Metrics)> PathsOf = new()
    {
        ["http"] = ("/v1/traces", "/v1/metrics"),
        ["grpc"] = ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
    };

    private readonly WebApplication _application;

    private OtlpReceiver(string protocol)
    {
        Protocol = protocol;
        var isGrpc = protocol == "grpc";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(
            IPAddress.Loopback, 0, listener => listener.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _application = builder.Build();
        _application.Run(isGrpc ? TakeCallAsync : TakeRequestAsync);
    }

    /// <summary>As in <c>otlp.protocol</c>.</summary>
    public string Protocol { get; }

    public string Address => _application.Urls.Single();

    public ConcurrentQueue<OtlpSpan> Spans { get; } = [];

    /// <summary>The names of metrics that came.</summary>
    public ConcurrentDictionary<string, bool> Metrics { get; } = new();

    public static async Task<OtlpReceiver> StartAsync(string protocol)
    {
        var receiver = new OtlpReceiver(protocol);
        await receiver._application.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

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

    private async Task TakeRequestAsync(HttpContext context)
    {
        Take(context.Request.Path, await ReadBodyAsync(context.Request));
        context.Response.ContentType = "application/x-protobuf";
    }

    // A message of gRPC is a byte that says whether it is compressed, its length, and itself; the status comes after the answer.
    private async Task TakeCallAsync(HttpContext context)
    {
        var body = await ReadBodyAsync(context.Request);
        if (body[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)) != body.Length - FramePrefixBytes)
        {
            throw new InvalidDataException("This is not one message that is not compressed.");
        }

        Take(context.Request.Path, body[FramePrefixBytes..]);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[FramePrefixBytes]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    // Request { 1: resource { 2: scope { 2: span or metric } } }
    private void Take(string path, byte[] request)
    {
        var (traces, metrics) = PathsOf[Protocol];
        foreach (var item in Fields(request, 1).SelectMany(resource => Fields(resource, 2)).SelectMany(scope => Fields(scope, 2)))
        {
            if (path == traces)
            {
                Spans.Enqueue(OtlpSpan.Parse(item));
            }
            else if (path == metrics)
            {
                Metrics[Encoding.UTF8.GetString(Fields(item, 1).Single())] = true;
            }
        }
    }
}
