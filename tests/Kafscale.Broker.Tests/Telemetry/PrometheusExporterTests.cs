using System.Diagnostics.Metrics;
using Kafscale.Broker.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class PrometheusExporterTests : IDisposable
{
    // Of its own name, because all meters of the process are exported.
    private readonly string _prefix = $"test_{Guid.NewGuid():N}_";
    private readonly Meter _meter = new(PrometheusExporter.MeterPrefix + ".Tests");
    private readonly PrometheusExporter _exporter = new();

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_counts_by_its_labels()
    {
        var counter = _meter.CreateCounter<long>(_prefix + "requests", description: "Requests\nso far.");
        counter.Add(2, new KeyValuePair<string, object?>("api", "Fetch"));
        counter.Add(3, new KeyValuePair<string, object?>("api", "Produce"));
        counter.Add(4, new KeyValuePair<string, object?>("api", "Fetch"));

        Assert.Equal(
            """
            # HELP requests_total Requests\nso far.
            # TYPE requests_total counter
            requests_total{api="Fetch"} 6
            requests_total{api="Produce"} 3

            """,
            Export());
    }

    [Fact]
    public void A_gauge_is_what_it_was_set_to_and_an_up_down_counter_the_sum()
    {
        _meter.CreateGauge<double>(_prefix + "level").Record(1.5);
        var connections = _meter.CreateUpDownCounter<int>(_prefix + "open.connections");
        connections.Add(3);
        connections.Add(-1);

        Assert.Equal(
            "# HELP level \n# TYPE level gauge\nlevel 1.5\n# HELP open_connections \n# TYPE open_connections gauge\nopen_connections 2\n",
            Export());
    }

    [Fact]
    public void A_histogram_counts_values_up_to_and_including_each_bound()
    {
        var latency = _meter.CreateHistogram(
            _prefix + "latency_ms", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        latency.Record(1);
        latency.Record(1.5);
        latency.Record(10.5);

        Assert.Equal(
            """
            # HELP latency_ms 
            # TYPE latency_ms histogram
            latency_ms_bucket{le="1"} 1
            latency_ms_bucket{le="10"} 2
            latency_ms_bucket{le="+Inf"} 3
            latency_ms_sum 13
            latency_ms_count 3

            """,
            Export());
    }

    [Fact]
    public void What_is_observed_no_more_is_exported_no_more()
    {
        Measurement<int>[] observed = [new(1, new KeyValuePair<string, object?>("partition", 0)), new(2, new KeyValuePair<string, object?>("partition", 1))];
        _meter.CreateObservableGauge(_prefix + "lag", () => observed);
        Assert.Contains("lag{partition=\"0\"} 1\nlag{partition=\"1\"} 2\n", Export(), StringComparison.Ordinal);

        observed = [observed[1]];

        Assert.DoesNotContain("partition=\"0\"", Export(), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_escaped_and_names_made_valid()
    {
        _meter.CreateCounter<long>(_prefix + "odd-name").Add(1, new KeyValuePair<string, object?>("a.b", "x\"\\\ny"));

        Assert.Contains("odd_name_total{a_b=\"x\\\"\\\\\\ny\"} 1\n", Export(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_series_is_bounded_and_nothing_is_lost_of_the_sum()
    {
        var counter = _meter.CreateCounter<long>(_prefix + "many");
        for (var i = 0; i < 3 * PrometheusMetric.MaxSeries; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("client", i));
        }

        var lines = Export().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToArray();
        Assert.Equal(PrometheusMetric.MaxSeries + 1, lines.Length);
        Assert.Equal(3 * PrometheusMetric.MaxSeries, lines.Sum(line => int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Recording_under_known_labels_allocates_nothing()
    {
        var counter = _meter.CreateCounter<long>(_prefix + "hot");
        object partition = 3;
        counter.Add(1, new KeyValuePair<string, object?>("partition", partition));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("partition", partition));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Measurements_of_many_threads_all_count()
    {
        var counter = _meter.CreateCounter<long>(_prefix + "parallel");
        Parallel.For(0, 10_000, _ => counter.Add(1));

        Assert.Contains("parallel_total 10000\n", Export(), StringComparison.Ordinal);
    }

    [Fact]
    public void Meters_of_others_are_left_out()
    {
        using var other = new Meter("Microsoft.Something");
        other.CreateCounter<long>(_prefix + "foreign").Add(1);

        Assert.Equal("", Export());
    }

    [Fact]
    public void What_is_observed_has_as_many_series_as_there_are()
    {
        const int Count = PrometheusMetric.MaxSeries + 100;
        _meter.CreateObservableGauge(
            _prefix + "led", () => Enumerable.Range(0, Count).Select(i => new Measurement<int>(1, new KeyValuePair<string, object?>("partition", i))));

        Assert.Equal(Count, Export().Split('\n').Count(line => line.StartsWith("led{", StringComparison.Ordinal)));
    }

    [Fact]
    public void OpenMetrics_counts_the_suffix_of_a_counter_to_its_samples_and_has_an_end()
    {
        var counter = _meter.CreateCounter<long>(_prefix + "requests_total", description: "Those \"so far\".");
        counter.Add(2, new KeyValuePair<string, object?>("api", "Fetch"));
        _meter.CreateGauge<double>(_prefix + "level").Record(1.5);
        using var text = new StringWriter();

        _exporter.WriteTo(text, PrometheusFormat.OpenMetrics);

        Assert.Contains(
            $"# HELP {_prefix}requests Those \\\"so far\\\".\n# TYPE {_prefix}requests counter\n{_prefix}requests_total{{api=\"Fetch\"}} 2\n",
            text.ToString(),
            StringComparison.Ordinal);
        Assert.Contains($"# TYPE {_prefix}level gauge\n{_prefix}level 1.5\n", text.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_process_tells_its_uptime_processor_and_memory()
    {
        var time = new FakeTimeProvider();
        using var process = new ProcessMetrics(time);
        time.Advance(TimeSpan.FromSeconds(90));
        using var text = new StringWriter();

        _exporter.WriteTo(text);

        Assert.Contains("\nkafscale_broker_uptime_seconds 90\n", text.ToString(), StringComparison.Ordinal);
        foreach (var name in (string[])["cpu_percent", "mem_alloc_bytes", "mem_sys_bytes", "heap_inuse_bytes"])
        {
            Assert.Contains($"# TYPE kafscale_broker_{name} gauge\nkafscale_broker_{name} ", text.ToString(), StringComparison.Ordinal);
        }
    }

    // Only what this test has made, without its prefix.
    private string Export()
    {
        using var text = new StringWriter();
        _exporter.WriteTo(text);
        var lines = text.ToString().Split('\n').Where(line => line.Contains(_prefix, StringComparison.Ordinal))
            .Select(line => line.Replace(_prefix, "", StringComparison.Ordinal) + "\n");
        return string.Concat(lines);
    }
}
