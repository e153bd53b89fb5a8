using System.Globalization;
using Kafscale.Broker.Network;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Telemetry;

/// <summary>What is measured, read from the instruments of this test alone.</summary>
public sealed class RequestMetricsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly BrokerMetrics _metrics;
    private readonly MeasuredValues _values;

    public RequestMetricsTests()
    {
        _metrics = new BrokerMetrics(_time);
        _values = new MeasuredValues(_metrics.Meter);
    }

    public void Dispose()
    {
        _values.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void Requests_count_by_api_with_their_duration()
    {
        _metrics.Requests.OnCompleted(ApiKey.Fetch, TimeSpan.FromMilliseconds(20), new FetchResponse());
        _metrics.Requests.OnCompleted(ApiKey.Fetch, TimeSpan.FromMilliseconds(40), new FetchResponse());
        _metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromMilliseconds(5), null);

        Assert.Equal(2, _values["kafscale_requests_total{api=Fetch}"]);
        Assert.Equal(1, _values["kafscale_requests_total{api=Produce}"]);
        Assert.Equal(0.06, _values["kafscale_request_duration_seconds{api=Fetch}"], 6);
        Assert.DoesNotContain("kafscale_requests_total{api=Metadata}", _values.Names);
    }

    [Fact]
    public void Errors_count_by_api_and_name_wherever_in_a_response_they_are()
    {
        var produced = new ProduceResponse
        {
            Responses =
            [
                new()
                {
                    PartitionResponses =
                    [
                        new() { ErrorCode = ErrorCode.NotLeaderOrFollower }, new() { ErrorCode = ErrorCode.None },
                        new() { ErrorCode = ErrorCode.NotLeaderOrFollower },
                    ],
                },
            ],
        };
        _metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.Zero, produced);
        _metrics.Requests.OnCompleted(ApiKey.Fetch, TimeSpan.Zero, new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound });

        Assert.Equal(2, _values["kafscale_request_errors_total{api=Produce,error=NOT_LEADER_OR_FOLLOWER}"]);
        Assert.Equal(1, _values["kafscale_request_errors_total{api=Fetch,error=FETCH_SESSION_ID_NOT_FOUND}"]);
    }

    [Fact]
    public void Denied_access_counts_by_what_was_asked_for()
    {
        _metrics.Requests.OnCompleted(ApiKey.InitProducerId, TimeSpan.Zero, new InitProducerIdResponse { ErrorCode = ErrorCode.ClusterAuthorizationFailed });

        Assert.Equal(1, _values["kafscale_authz_denied_total{action=InitProducerId,resource=cluster}"]);
    }

    [Fact]
    public void Rates_are_those_since_the_last_scrape()
    {
        for (var i = 0; i < 30; i++)
        {
            _metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.Zero, null);
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(3, _values["kafscale_produce_rps"]);
        Assert.Equal(3, _values["kafscale_produce_rps"]);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _values["kafscale_produce_rps"]);
        Assert.Equal(0, _values["kafscale_fetch_rps"]);
    }

    [Fact]
    public void Administration_is_counted_apart()
    {
        _metrics.Requests.OnCompleted(ApiKey.ListGroups, TimeSpan.FromMilliseconds(10), new ListGroupsResponse());
        _metrics.Requests.OnCompleted(ApiKey.ListGroups, TimeSpan.FromMilliseconds(30), new ListGroupsResponse { ErrorCode = ErrorCode.CoordinatorLoadInProgress });
        _metrics.Requests.OnCompleted(ApiKey.Fetch, TimeSpan.Zero, null);

        var measured = _values.Read();
        Assert.Equal(2, measured["kafscale_admin_requests_total{api=ListGroups}"]);
        Assert.Equal(1, measured["kafscale_admin_request_errors_total{api=ListGroups}"]);
        Assert.Equal(20, measured["kafscale_admin_request_latency_ms_avg{api=ListGroups}"]);
        Assert.DoesNotContain("kafscale_admin_requests_total{api=Fetch}", measured.Keys);
    }

    [Fact]
    public void Recording_a_request_allocates_nothing()
    {
        _values.Dispose();
        using var exporter = new PrometheusExporter();
        var response = new ProduceResponse { Responses = [new() { PartitionResponses = [new() { ErrorCode = ErrorCode.NotLeaderOrFollower }] }] };
        _metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromMilliseconds(1), response);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _metrics.Requests.OnCompleted(ApiKey.Produce, TimeSpan.FromMilliseconds(1), response);
        }

        // A list's enumerator on the heap would be 32 bytes each time.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public void Connections_that_are_open_are_those_that_came_and_have_not_left()
    {
        _metrics.Connections.OnOpened();
        _metrics.Connections.OnOpened();
        _metrics.Connections.OnLeft();
        _metrics.Connections.OnClosed(ConnectionCloseReason.ClientClosed);
        _metrics.Connections.OnClosed(ConnectionCloseReason.TooManyConnections);

        Assert.Equal(1, _values["kafscale_connections"]);
        Assert.Equal(2, _values["kafscale_connections_opened_total"]);
        Assert.Equal(1, _values["kafscale_connections_closed_total{reason=too_many_connections}"]);
    }
}
