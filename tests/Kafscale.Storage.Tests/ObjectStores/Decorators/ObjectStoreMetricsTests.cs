using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class ObjectStoreMetricsTests : IDisposable
{
    private readonly ObjectStoreMetrics _metrics = new(new ObjectStorePrices { ReadPerGiB = 0.02 });
    private readonly RecordedMetrics _recorded;

    public ObjectStoreMetricsTests()
    {
        _recorded = new RecordedMetrics(_metrics.Meter);
    }

    public void Dispose()
    {
        _recorded.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void A_request_is_published_by_operation_outcome_and_store()
    {
        Tell(_metrics.Primary, ObjectStoreOperation.Get, ObjectStoreOutcome.Success, bytes: 1 << 30);
        Tell(_metrics.Primary, ObjectStoreOperation.Get, ObjectStoreOutcome.NotFound, bytes: 0);
        Tell(_metrics.Replica, ObjectStoreOperation.Get, ObjectStoreOutcome.TimedOut, bytes: 0);
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["kafscale_object_store_bytes_total{operation=get,store=primary}"] = 1 << 30,
                ["kafscale_object_store_cost_dollars_total{operation=get,store=primary}"] = 0.0200008,
                ["kafscale_object_store_cost_dollars_total{operation=get,store=replica}"] = 0.0000004,
                ["kafscale_object_store_request_duration_seconds{operation=get,store=primary}"] = 1,
                ["kafscale_object_store_request_duration_seconds{operation=get,store=replica}"] = 0.5,
                ["kafscale_object_store_requests_total{operation=get,outcome=not_found,store=primary}"] = 1,
                ["kafscale_object_store_requests_total{operation=get,outcome=success,store=primary}"] = 1,
                ["kafscale_object_store_requests_total{operation=get,outcome=timed_out,store=replica}"] = 1,
            },
            _recorded.Sums.ToDictionary(sum => sum.Key, sum => Math.Round(sum.Value, 12)));
    }

    [Theory]
    [InlineData(ObjectStoreOperation.Put, ObjectStoreOutcome.Success, 0.005)]
    [InlineData(ObjectStoreOperation.Put, ObjectStoreOutcome.AlreadyExists, 0.005)]
    [InlineData(ObjectStoreOperation.Put, ObjectStoreOutcome.TimedOut, 0.005)]
    [InlineData(ObjectStoreOperation.Put, ObjectStoreOutcome.Throttled, 0)]
    [InlineData(ObjectStoreOperation.Put, ObjectStoreOutcome.Unavailable, 0)]
    [InlineData(ObjectStoreOperation.List, ObjectStoreOutcome.Success, 0.005)]
    [InlineData(ObjectStoreOperation.Get, ObjectStoreOutcome.Success, 0.0004)]
    [InlineData(ObjectStoreOperation.Get, ObjectStoreOutcome.NotFound, 0.0004)]
    [InlineData(ObjectStoreOperation.Head, ObjectStoreOutcome.Denied, 0.0004)]
    [InlineData(ObjectStoreOperation.Delete, ObjectStoreOutcome.Success, 0)]
    public void A_thousand_requests_cost_what_the_list_of_prices_says(ObjectStoreOperation operation, ObjectStoreOutcome outcome, double dollars) =>
        Assert.Equal(dollars, 1000 * new ObjectStorePrices().DollarsFor(new CompletedOperation(operation, outcome, default, 1 << 20)), 12);

    [Fact]
    public void Every_operation_and_outcome_has_a_name()
    {
        foreach (var operation in Enum.GetValues<ObjectStoreOperation>())
        {
            foreach (var outcome in Enum.GetValues<ObjectStoreOutcome>())
                Tell(_metrics.Primary, operation, outcome, bytes: 0);
        }

        var requests = _recorded.Sums.Where(sum => sum.Key.StartsWith("kafscale_object_store_requests_total", StringComparison.Ordinal)).ToList();
        Assert.Equal(Enum.GetValues<ObjectStoreOperation>().Length * Enum.GetValues<ObjectStoreOutcome>().Length, requests.Count);
        Assert.Contains(requests, request => request.Key == "kafscale_object_store_requests_total{operation=delete,outcome=cancelled,store=primary}");
    }

    [Fact]
    public void Telling_of_a_request_allocates_nothing()
    {
        for (var i = 0; i < 100; i++)
            Tell(_metrics.Primary, ObjectStoreOperation.Get, ObjectStoreOutcome.Success, bytes: 0);
        _recorded.Dispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Tell(_metrics.Primary, ObjectStoreOperation.Get, ObjectStoreOutcome.Success, bytes: 100);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Tell(IObjectStoreObserver observer, ObjectStoreOperation operation, ObjectStoreOutcome outcome, long bytes) =>
        observer.OnCompleted(new CompletedOperation(operation, outcome, TimeSpan.FromSeconds(0.5), bytes));
}
