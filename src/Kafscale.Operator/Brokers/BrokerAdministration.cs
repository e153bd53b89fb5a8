using System.Net;
using System.Text.Json;

namespace Kafscale.Operator.Brokers;

/// <summary>Real brokers.</summary>
internal sealed class BrokerAdministration : IBrokerAdministration, IDisposable
{
    private const long MaxAnswerBytes = 1 << 20;

    // A broker waits 20 s for a drain.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _client;

    public BrokerAdministration(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // Pods come and go, and addresses with them.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
        };
        _client = new HttpClient(handler) { MaxResponseContentBufferSize = MaxAnswerBytes, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    public async Task<DrainAnswer> DrainAsync(Uri broker, CancellationToken cancellationToken)
    {
        var (status, detail) = await AskAsync(HttpMethod.Post, broker, cancellationToken);
        return new DrainAnswer(
            status switch
            {
                null => DrainOutcome.Unreachable,
                HttpStatusCode.OK => DrainOutcome.Drained,
                HttpStatusCode.Conflict => DrainOutcome.NobodyTakesOver,
                _ => DrainOutcome.NotYet,
            },
            detail);
    }

    public async Task<bool> EndDrainAsync(Uri broker, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Delete, broker, cancellationToken)).Status == HttpStatusCode.OK;

    public void Dispose() => _client.Dispose();

    private async Task<(HttpStatusCode? Status, string? Detail)> AskAsync(HttpMethod method, Uri broker, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(broker, "/admin/drain"));
            using var response = await _client.SendAsync(request, both.Token);
            return (response.StatusCode, DetailOf(await response.Content.ReadAsStringAsync(both.Token)));
        }
        catch (HttpRequestException e)
        {
            return (null, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"no answer within {Timeout.TotalSeconds} s");
        }
    }

    private static string? DetailOf(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
