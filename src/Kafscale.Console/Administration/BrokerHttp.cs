using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

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
    public async Task<IReadOnlyList<TopicStorage>?> GetTopicsAsync(Uri broker, CancellationToken cancellationToken)
    {
        var topics = new List<TopicStorage>();
        string? after = "";
        while (after is not null)
        {
            var path = $"/admin/topics?after={Uri.EscapeDataString(after)}";
            var page = await ReadAsync(async token => await _client.GetFromJsonAsync(new Uri(broker, path), AdminJson.Default.TopicStoragePage, token), cancellationToken);
            if (page is null)
            {
                return null;
            }

            topics.AddRange(page.Topics);

            // Names grow, or it would never end.
            after = string.CompareOrdinal(page.Next, after) > 0 ? page.Next : null;
        }

        return topics;
    }

    /// <summary>The groups that a broker coordinates.</summary>
    /// <returns>Null where the broker does not tell.</returns>
    public async Task<CoordinatedGroupPage?> GetGroupsAsync(Uri broker, CancellationToken cancellationToken)
    {
        var groups = new List<CoordinatedGroup>();
        var isComplete = true;
        string? after = "";
        while (after is not null)
        {
            var path = $"/admin/groups?after={Uri.EscapeDataString(after)}";
            var page = await ReadAsync(async token => await _client.GetFromJsonAsync(new Uri(broker, path), AdminJson.Default.CoordinatedGroupPage, token), cancellationToken);
            if (page is null)
            {
                return null;
            }

            groups.AddRange(page.Groups);
            isComplete &= page.IsComplete;
            after = string.CompareOrdinal(page.Next, after) > 0 ? page.Next : null;
        }

        return new CoordinatedGroupPage(isComplete, groups, null);
    }

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
        using var timeout = new CancellationTokenSource(DrainTimeout, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(isToDrain ? HttpMethod.Post : HttpMethod.Delete, new Uri(broker, "/admin/drain"));
            using var response = await _client.SendAsync(request, both.Token);
            if (response.IsSuccessStatusCode)
            {
                return null;
            }

            return await DescribeAsync(response, both.Token);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return $"The broker does not answer at {broker}: {e.Message}";
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return $"The broker has not answered within {DrainTimeout.TotalSeconds} s.";
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

    private async Task<T?> ReadAsync<T>(Func<CancellationToken, Task<T?>> read, CancellationToken cancellationToken)
        where T : class
    {
        using var timeout = new CancellationTokenSource(ReadTimeout, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await read(both.Token);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
