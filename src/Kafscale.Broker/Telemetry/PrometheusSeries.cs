namespace Kafscale.Broker.Telemetry;

/// <summary>The value of one metric under one combination of labels.</summary>
internal sealed class PrometheusSeries(string labels, double[] bounds)
{
    private readonly long[] _bucketCounts = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    private double _value;

    /// <summary>The labels as they are written between the braces; empty where there are none.</summary>
    public string Labels { get; } = labels;

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        var current = Volatile.Read(ref _value);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _value, current + value, current);
            if (before.Equals(current))
            {
                return;
            }

            current = before;
        }
    }

    public void Observe(double value)
    {
        // A bucket holds the values up to and including its bound.
        var index = bounds.AsSpan().BinarySearch(value);
        Interlocked.Increment(ref _bucketCounts[index < 0 ? ~index : index]);
        Add(value);
    }

    public void WriteTo(TextWriter writer, string name)
    {
        if (_bucketCounts.Length == 0)
        {
            writer.Write($"{name}{Braces(Labels)} {PrometheusName.Number(Volatile.Read(ref _value))}\n");
            return;
        }

        var separator = Labels.Length == 0 ? "" : ",";
        var cumulative = 0L;
        for (var i = 0; i < _bucketCounts.Length; i++)
        {
            cumulative += Interlocked.Read(ref _bucketCounts[i]);
            var bound = i < bounds.Length ? PrometheusName.Number(bounds[i]) : "+Inf";
            writer.Write($"{name}_bucket{{{Labels}{separator}le=\"{bound}\"}} {cumulative}\n");
        }

        writer.Write($"{name}_sum{Braces(Labels)} {PrometheusName.Number(Volatile.Read(ref _value))}\n");
        writer.Write($"{name}_count{Braces(Labels)} {cumulative}\n");
    }

    private static string Braces(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";
}
