using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kafscale.Console.Administration;

/// <summary>Asks brokers over HTTP.</summary>
internal sealed class BrokerHttp : IDisposable
{
    private const long MaxAnswerBytes = 64 << 20;

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _client;

    public BrokerHttp(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        _client = new HttpClient(handler) { MaxResponseContentBufferSize = MaxAnswerBytes, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    /// <summary>What a broker is doing now.</summary>
    /// <returns>Null where it does not answer.</returns>
    public Task<BrokerStatus?> GetStatusAsync(Uri broker, CancellationToken cancellationToken) => ReadAsync(
        async token => await _client.GetFromJsonAsync(new Uri(broker, "/admin/status"), AdminJson.Default.BrokerStatus, token), cancellationToken);

    /// <summary>A broker's metrics.</summary>
    /// <returns>Null where it does not answer.</returns>
    public Task<MetricSamples?> GetMetricsAsync(Uri broker, CancellationToken cancellationToken) => ReadAsync(
        async token => MetricSamples.Parse(await _client.GetStringAsync(new Uri(broker, "/metrics"), token)), cancellationToken);

    /// <summary>What topics take in the object store.</summary>
    /// <returns>Null where the broker does not tell.</returns>
    public async Task<IReadOnlyList<TopicStorage>?> GetTopicsAsync(Uri broker, CancellationToken cancellationToken) =>
        await ReadPagesAsync(broker, "/admin/topics", AdminJson.Default.TopicStoragePage, page => page.Next, cancellationToken) is { } pages
            ? [.. pages.SelectMany(page => page.Topics)]
            : null;

    /// <summary>The groups that a broker coordinates.</summary>
    /// <returns>Null where the broker does not tell.</returns>
    public async Task<CoordinatedGroupPage?> GetGroupsAsync(Uri broker, CancellationToken cancellationToken) =>
        await ReadPagesAsync(broker, "/admin/groups", AdminJson.Default.CoordinatedGroupPage, page => page.Next, cancellationToken) is { } pages
            ? new CoordinatedGroupPage(pages.TrueForAll(page => page.IsComplete), [.. pages.SelectMany(page => page.Groups)], null)
            : null;

    /// <summary>What the partitions of a topic take in the object store.</summary>
    /// <returns>Null where the broker does not tell.</returns>
    public Task<TopicStorageDetails?> GetTopicAsync(Uri broker, string topic, CancellationToken cancellationToken) => ReadAsync(
        async token => await _client.GetFromJsonAsync(new Uri(broker, $"/admin/topics/{Uri.EscapeDataString(topic)}"), AdminJson.Default.TopicStorageDetails, token),
        cancellationToken);

    /// <summary>Where a partition's records are in the object store, from an offset on.</summary>
    /// <returns>What the broker tells, or why it does not.</returns>
    public async Task<(PartitionObjects? Found, string Failure)> GetObjectsAsync(Uri broker, string topic, int partition, long from, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/admin/topics/{Uri.EscapeDataString(topic)}/partitions/{partition}/objects?from={from}");
        var failure = $"The broker does not answer at {broker}.";
        var found = await ReadAsync(
            async token =>
            {
                using var response = await _client.GetAsync(new Uri(broker, path), token);
                if (response.IsSuccessStatusCode)
                {
                    return await response.Content.ReadFromJsonAsync(AdminJson.Default.PartitionObjects, token);
                }

                failure = await DescribeAsync(response, token);
                return null;
            },
            cancellationToken);
        return (found, failure);
    }

    /// <summary>Has a broker hand over what it leads, or take its share again.</summary>
    /// <returns>Why it does not; null where it does.</returns>
    public async Task<string?> DrainAsync(Uri broker, bool isToDrain, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(
                DrainTimeout,
                async token =>
                {
                    using var request = new HttpRequestMessage(isToDrain ? HttpMethod.Post : HttpMethod.Delete, new Uri(broker, "/admin/drain"));
                    using var response = await _client.SendAsync(request, token);
                    return response.IsSuccessStatusCode ? null : await DescribeAsync(response, token);
                },
                cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TimeoutException)
        {
            return $"The broker does not answer at {broker}: {e.Message}";
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task<string> DescribeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? await response.Content.ReadFromJsonAsync(AdminJson.Default.BrokerProblem, cancellationToken)
            : null;
        return problem?.Detail ?? $"The broker answers {(int)response.StatusCode}.";
    }

    // Of a list that comes in pages, all of them; null where one cannot be had.
    private async Task<List<TPage>?> ReadPagesAsync<TPage>(
        Uri broker, string path, JsonTypeInfo<TPage> type, Func<TPage, string?> nextOf, CancellationToken cancellationToken)
        where TPage : class
    {
        var pages = new List<TPage>();
        string? after = "";
        while (after is not null)
        {
            var address = new Uri(broker, $"{path}?after={Uri.EscapeDataString(after)}");
            var page = await ReadAsync(async token => await _client.GetFromJsonAsync(address, type, token), cancellationToken);
            if (page is null)
            {
                return null;
            }

            pages.Add(page);

            // Names grow, or it would never end.
            var next = nextOf(page);
            after = string.CompareOrdinal(next, after) > 0 ? next : null;
        }

        return pages;
    }

    private async Task<T?> ReadAsync<T>(Func<CancellationToken, Task<T?>> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await AskAsync(ReadTimeout, read, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TimeoutException)
        {
            return null;
        }
    }

    private async Task<T> AskAsync<T>(TimeSpan patience, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"There was no answer within {patience.TotalSeconds} s.", e);
        }
    }
}
