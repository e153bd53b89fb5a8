using System.Globalization;
using Confluent.Kafka;

namespace Kafscale.Clients;

/// <summary>How a cluster is reached: the properties of a Kafka client.</summary>
internal sealed class ClientSettings
{
    public const string DefaultBootstrapServers = "127.0.0.1:9092";

    /// <summary>What clients call themselves, unless they are given another name.</summary>
    public const string ClientId = "kafscale-cli";

    private readonly SortedDictionary<string, string> _properties;

    private ClientSettings(SortedDictionary<string, string> properties) => _properties = properties;

    /// <summary>The brokers that are asked first.</summary>
    public string BootstrapServers => _properties[ClientProperties.BootstrapServers];

    /// <summary>Puts the properties of several sources together, the first of which that has a property says what it is.</summary>
    /// <exception cref="CommandFailedException">They contradict each other, or an address is none.</exception>
    public static ClientSettings Combine(params IEnumerable<IEnumerable<KeyValuePair<string, string>>> sources)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in sources.SelectMany(source => source))
        {
            properties.TryAdd(name, value);
        }

        properties.TryAdd(ClientProperties.BootstrapServers, DefaultBootstrapServers);
        CheckAddresses(properties[ClientProperties.BootstrapServers]);
        CheckSecurity(properties);
        properties.TryAdd(ClientProperties.SecurityProtocol, ImpliedProtocol(properties));
        return new ClientSettings(properties);
    }

    /// <summary>The configuration of a client.</summary>
    /// <param name="isVerbose">Whether the client's own log is wanted.</param>
    public ClientConfig ToConfig(bool isVerbose)
    {
        var config = new ClientConfig
        {
            ClientId = ClientId,
            // A command is short: whoever starts it wants to be tried again soon.
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 500,
            // One connection that a broker closes is not worth a word.
            LogConnectionClose = isVerbose,
        };
        foreach (var (name, value) in _properties)
        {
            config.Set(name, value);
        }

        return config;
    }

    private static string ImpliedProtocol(SortedDictionary<string, string> properties)
    {
        var isEncrypted = properties.Keys.Any(name => name.StartsWith(ClientProperties.SslPrefix, StringComparison.Ordinal))
            || properties.ContainsKey(ClientProperties.SslVerification);
        var isAuthenticated = properties.ContainsKey(ClientProperties.SaslMechanism);
        return (isEncrypted, isAuthenticated) switch
        {
            (false, false) => "PLAINTEXT",
            (true, false) => "SSL",
            (false, true) => "SASL_PLAINTEXT",
            (true, true) => "SASL_SSL",
        };
    }

    private static void CheckSecurity(SortedDictionary<string, string> properties)
    {
        if (!properties.ContainsKey(ClientProperties.SaslMechanism) && properties.ContainsKey(ClientProperties.SaslUsername))
        {
            throw new CommandFailedException(
                "A user is named, but not how it proves who it is: say --sasl-mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.");
        }

        if (properties.GetValueOrDefault(ClientProperties.SaslMechanism) is { } mechanism
            && (mechanism == "PLAIN" || mechanism.StartsWith("SCRAM-", StringComparison.Ordinal))
            && !(properties.ContainsKey(ClientProperties.SaslUsername) && properties.ContainsKey(ClientProperties.SaslPassword)))
        {
            throw new CommandFailedException(
                $"{mechanism} needs --sasl-user and a password: --sasl-password, or better KAFSCALE_CLIENT_SASL_PASSWORD or a profile.");
        }
    }

    private static void CheckAddresses(string servers)
    {
        var addresses = servers.Split(',', StringSplitOptions.TrimEntries);
        foreach (var address in addresses)
        {
            var colon = address.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw new CommandFailedException($"--bootstrap-server is HOST:PORT, or several of them with commas between them, and not {servers}.");
            }
        }
    }
}
