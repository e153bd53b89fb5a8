using System.Globalization;

namespace Kafscale.Bench.Suite;

/// <summary>Asks a broker what it has allocated since its start.</summary>
internal static class AllocatedBytes
{
    private const string Series = "kafscale_broker_mem_allocated_bytes_total ";

    public static async Task<double> ReadAsync(BenchBroker broker, HttpClient http)
    {
        var metrics = await http.GetStringAsync(new Uri(broker.HttpAddress, "/metrics"));
        var line = metrics.Split('\n').First(line => line.StartsWith(Series, StringComparison.Ordinal));
        return double.Parse(line[Series.Length..], CultureInfo.InvariantCulture);
    }
}
