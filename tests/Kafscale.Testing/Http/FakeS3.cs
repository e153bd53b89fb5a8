using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Kafscale.Testing.Http;

/// <summary>A store that speaks just enough of S3 for a broker's start, and gets wrong what a test wants it to get wrong.</summary>
public sealed class FakeS3 : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly FakeHttpServer _server;

    /// <summary>Starts an empty store.</summary>
    public FakeS3() => _server = new FakeHttpServer((request, stream, cancellationToken) =>
        stream.WriteAsync(Encoding.Latin1.GetBytes(Refusal(request) ?? Answer(request)), cancellationToken).AsTask());

    /// <summary>Where it listens.</summary>
    public Uri Address => _server.Address;

    /// <summary>Whether a conditional put replaces what is there.</summary>
    public bool IgnoresConditions { get; init; }

    /// <summary>Whether a range read is answered with the whole object.</summary>
    public bool IgnoresRanges { get; init; }

    /// <summary>Whether no object can be found again.</summary>
    public bool LosesObjects { get; init; }

    /// <summary>An answer to give in place of the right one, or null; see <see cref="Error"/>.</summary>
    public Func<FakeHttpRequest, string?> Refusal { get; init; } = _ => null;

    /// <summary>The keys of what is there.</summary>
    public IEnumerable<string> Keys => _objects.Keys;

    /// <summary>An error as S3 tells it.</summary>
    public static string Error(string status, string code, string message = "Because.") =>
        FakeHttpServer.Answer(status, $"<Error><Code>{code}</Code><Message>{message}</Message></Error>");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private string Answer(FakeHttpRequest request) => request.Method switch
    {
        "PUT" => Put(request),
        "GET" when request.Target.Contains('?', StringComparison.Ordinal) =>
            FakeHttpServer.Answer("200 OK", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"),
        "GET" => Get(request),
        "POST" => Delete(),
        _ => FakeHttpServer.Answer("501 Not Implemented"),
    };

    private string Put(FakeHttpRequest request)
    {
        var isFree = _objects.TryAdd(request.Target, request.Body);
        if (!isFree && request.Headers.ContainsKey("If-None-Match") && !IgnoresConditions)
        {
            return Error("412 Precondition Failed", "PreconditionFailed");
        }

        _objects[request.Target] = request.Body;
        return FakeHttpServer.Answer("200 OK");
    }

    private string Get(FakeHttpRequest request)
    {
        if (LosesObjects || !_objects.TryGetValue(request.Target, out var body))
        {
            return Error("404 Not Found", "NoSuchKey");
        }

        if (IgnoresRanges)
        {
            return FakeHttpServer.Answer("200 OK", Encoding.ASCII.GetString(body));
        }

        // bytes=7-27
        var bounds = request.Headers["Range"]["bytes=".Length..].Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
        if (bounds[0] >= body.Length)
        {
            return Error("416 Range Not Satisfiable", "InvalidRange");
        }

        var range = body[bounds[0]..Math.Min(bounds[1] + 1, body.Length)];
        return "HTTP/1.1 206 Partial Content\r\nConnection: close\r\n"
            + $"Content-Length: {range.Length}\r\nContent-Range: bytes {bounds[0]}-{bounds[0] + range.Length - 1}/{body.Length}\r\n\r\n"
            + Encoding.Latin1.GetString(range);
    }

    // Only the one object of a start is ever deleted.
    private string Delete()
    {
        _objects.Clear();
        return FakeHttpServer.Answer("200 OK", "<DeleteResult/>");
    }
}
