using System.Globalization;
using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Running.Development;

/// <summary>What the brokers of <c>kafscale dev --brokers</c> are told: what the user said, and otherwise what suits development.</summary>
/// <param name="given">What the user said, by <see cref="Setting.Key"/>.</param>
/// <param name="etcd">The cluster's metadata store.</param>
/// <param name="objectFolder">The cluster's object store.</param>
internal sealed class DevBrokerSettings(IReadOnlyDictionary<string, string> given, Uri etcd, string objectFolder)
{
    // So that a fail-over can be watched without patience.
    private const string SessionLeaseTtlMs = "3000";

    /// <summary>The environment of one of them.</summary>
    public Dictionary<string, string> EnvironmentOf(int brokerId, int index, ListenAddress kafka, ListenAddress http)
    {
        var values = BrokerSettings.All
            .Where(setting => setting.Roles.HasFlag(ServerRole.Both) && setting.DevDefault is not null)
            .ToDictionary(setting => setting.Key, setting => setting.DevDefault!);
        values["session.lease.ttl.ms"] = SessionLeaseTtlMs;
        foreach (var (key, value) in given)
        {
            if (BrokerSettings.Find(key)!.Roles.HasFlag(ServerRole.Broker))
            {
                values[key] = value;
            }
        }

        values["broker.id"] = Text(brokerId);
        values["broker.addr"] = kafka.ToString();
        values["metrics.addr"] = http.ToString();
        values["etcd.endpoints"] = etcd.OriginalString;
        values["object.store"] = $"file:{objectFolder}";
        if (values.TryGetValue("broker.port", out var port))
        {
            values["broker.port"] = Text(int.Parse(port, CultureInfo.InvariantCulture) + index);
        }

        return values.ToDictionary(value => BrokerSettings.Find(value.Key)!.EnvironmentName, value => value.Value);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
