using Kafscale.Console.Administration;

namespace Kafscale.Console.Tests.Administration;

public sealed class MetricSamplesTests
{
    private const string Text = """
        # HELP requests_total Requests.
        # TYPE requests_total counter
        requests_total{api="Produce",outcome="success"} 3
        requests_total{api="Fetch",outcome="success"} 4 1700000000000
        plain 1.5e3
        topic_bytes{topic="a\"b"} 7
        seconds_bucket{stage="upload",le="0.1"} 2
        seconds_bucket{stage="upload",le="1"} 6
        seconds_bucket{stage="upload",le="+Inf"} 8
        nonsense
        broken{ 1
        """;

    private readonly MetricSamples _samples = MetricSamples.Parse(Text);

    [Fact]
    public void Samples_are_added_up_by_name_and_label()
    {
        Assert.Equal(7, _samples.Sum("requests_total"));
        Assert.Equal(4, _samples.Sum("requests_total", "api=\"Fetch\""));
        Assert.Equal(1500, _samples.Sum("plain"));
        Assert.Null(_samples.Sum("nothing"));
    }

    [Fact]
    public void Values_of_labels_are_as_they_were_before_they_were_quoted() =>
        Assert.Equal(7, _samples.By("topic_bytes", "topic")["a\"b"]);

    [Fact]
    public void Quantiles_lie_within_their_bucket()
    {
        var buckets = LatencyBuckets.Between([], _samples.Buckets("seconds", "stage=\"upload\""));

        Assert.Equal(8, buckets.Count);
        Assert.Equal(0.1 + (0.9 * 0.5), buckets.Quantile(0.5)!.Value, 6);
        Assert.Equal(1, buckets.Quantile(0.99));
    }

    [Fact]
    public void A_histogram_that_counts_from_zero_again_is_taken_as_it_is()
    {
        SortedDictionary<double, double> before = new() { [1] = 100, [double.PositiveInfinity] = 100 };
        SortedDictionary<double, double> after = new() { [1] = 2, [double.PositiveInfinity] = 3 };

        Assert.Equal(3, LatencyBuckets.Between(before, after).Count);
    }
}
