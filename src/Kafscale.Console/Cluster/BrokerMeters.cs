using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at all brokers over HTTP, at addresses that are given or made from the hosts that Kafka's protocol tells of.</summary>
internal sealed class BrokerMeters(ConsoleOptions options, BrokerHttp http, TimeProvider timeProvider)
{
    private const string HostPlace = "{host}";

    private readonly Dictionary<Uri, BrokerMeter> _meters = [];

    /// <summary>Where brokers should answer, to be shown where they do not.</summary>
    public string Addresses => string.Join(", ", options.BrokerHttpAddresses);

    /// <summary>Looks at all of them at once.</summary>
    /// <param name="hosts">The brokers' hosts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What each one that answers has told, by its id.</returns>
    public async Task<Dictionary<int, BrokerLook>> LookAsync(IReadOnlyCollection<string> hosts, CancellationToken cancellationToken)
    {
        // Before anything is known of the brokers, some are where the cluster is said to be.
        var known = hosts.Count > 0 ? hosts : [.. options.Cluster.BootstrapServers.Split(',').Select(HostOf)];
        var addresses = options.BrokerHttpAddresses.SelectMany(address => AddressesOf(address, known)).Distinct().ToHashSet();
        foreach (var gone in _meters.Keys.Where(address => !addresses.Contains(address)).ToList())
        {
            _meters.Remove(gone);
        }

        foreach (var address in addresses)
        {
            _meters.TryAdd(address, new BrokerMeter(address, http, timeProvider));
        }

        var looks = await Task.WhenAll(_meters.Values.Select(meter => meter.LookAsync(cancellationToken)));
        return looks.Where(look => look.Status is not null).DistinctBy(look => look.Status!.BrokerId).ToDictionary(look => look.Status!.BrokerId);
    }

    private static IEnumerable<Uri> AddressesOf(string address, IEnumerable<string> hosts) => address.Contains(HostPlace, StringComparison.Ordinal)
        ? hosts.Select(host => Create(address.Replace(HostPlace, host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host, StringComparison.Ordinal))).OfType<Uri>()
        : new[] { Create(address) }.OfType<Uri>();

    private static string HostOf(string server)
    {
        var address = server.Trim();
        var colon = address.LastIndexOf(':');
        return (colon < 0 ? address : address[..colon]).Trim('[', ']');
    }

    private static Uri? Create(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri : null;
}
