using Kafscale.Broker.Configuration;
using Kafscale.Operator;
using Kafscale.Operator.Etcd;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Configuration;

/// <summary>What the operator is told: by flags, then by the environment, then by defaults.</summary>
/// <param name="Options">What it works by; the Lease's namespace may still be open.</param>
/// <param name="HttpAddress">Where it serves.</param>
/// <param name="Kubeconfig">How it reaches the API server; null: as the pod's service account.</param>
/// <param name="LogLevel">What is logged.</param>
/// <param name="LogFormat">How.</param>
internal sealed record OperatorConfiguration(OperatorOptions Options, ListenAddress HttpAddress, string? Kubeconfig, LogLevel LogLevel, LogFormat LogFormat)
{
    private const string Prefix = EnvironmentNames.Prefix + "OPERATOR_";

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidConfigurationException">Something is wrong; all of it is named.</exception>
    public static OperatorConfiguration Read(Func<Setting, string?> flags, IReadOnlyDictionary<string, string> variables)
    {
        var problems = new List<string>();
        T? Get<T>(TypedSetting<T> setting)
        {
            var (source, text) = flags(setting) is { } flag ? (setting.FlagAlias!, flag) : (setting.EnvironmentName, variables.GetValueOrDefault(setting.EnvironmentName, ""));
            // An empty variable is one that is not set: charts write them so.
            text = text.Length == 0 && source == setting.EnvironmentName ? setting.Default : text;
            try
            {
                return text is null ? default : setting.Type.Parse(text);
            }
            catch (FormatException)
            {
                problems.Add($"{source} is {text}; valid: {setting.ValidValues}.");
                return default;
            }
        }

        var known = OperatorSettings.All.Select(setting => setting.EnvironmentName).ToHashSet();
        problems.AddRange(variables.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && EnvironmentNames.IsBrokerSetting(name.Replace(Prefix, EnvironmentNames.Prefix, StringComparison.Ordinal)) && !known.Contains(name))
            .Order(StringComparer.Ordinal).Select(name => $"{name} is not a setting of the operator."));
        var options = new OperatorOptions
        {
            Image = Get(OperatorSettings.Image) ?? "",
            Namespace = Get(OperatorSettings.Namespace),
            LeaderKey = Get(OperatorSettings.LeaderKey),
            Resync = TimeSpan.FromSeconds(Get(OperatorSettings.ResyncSec)),
            EtcdEndpoints = Get(OperatorSettings.EtcdEndpoints) ?? [],
            Etcd = new EtcdSettings
            {
                Image = Get(OperatorSettings.EtcdImage)!,
                Replicas = Get(OperatorSettings.EtcdReplicas),
                StorageSize = Get(OperatorSettings.EtcdStorageSize)!,
                StorageClass = Get(OperatorSettings.EtcdStorageClass),
                StorageMemory = Get(OperatorSettings.EtcdStorageMemory),
                AutoCompactionMode = Get(OperatorSettings.EtcdAutoCompactionMode)!,
                AutoCompactionRetention = Get(OperatorSettings.EtcdAutoCompactionRetention)!,
                QuotaBackendBytes = Get(OperatorSettings.EtcdQuotaBackendBytes),
                MaintenanceSchedule = Get(OperatorSettings.EtcdMaintenanceSchedule)!,
                MaintenanceCheckSchedule = Get(OperatorSettings.EtcdMaintenanceCheckSchedule)!,
                MaintenanceSizeThresholdPercent = Get(OperatorSettings.EtcdMaintenanceSizeThresholdPct),
            },
            Snapshots = new SnapshotSettings
            {
                Bucket = Get(OperatorSettings.SnapshotBucket),
                Prefix = Get(OperatorSettings.SnapshotPrefix)!,
                Schedule = Get(OperatorSettings.SnapshotSchedule)!,
                Endpoint = Get(OperatorSettings.SnapshotEndpoint),
                StaleAfter = TimeSpan.FromSeconds(Get(OperatorSettings.SnapshotStaleAfterSec)),
                Keep = Get(OperatorSettings.SnapshotKeep),
                CreateBucket = Get(OperatorSettings.SnapshotCreateBucket),
                ProtectBucket = Get(OperatorSettings.SnapshotProtectBucket),
                SkipPreflight = Get(OperatorSettings.SnapshotSkipPreflight),
            },
        };
        if (options.Image.Length == 0 && problems.Count == 0)
        {
            problems.Add($"{OperatorSettings.Image.FlagAlias} or {OperatorSettings.Image.EnvironmentName} must be set: {OperatorSettings.Image.Description}");
        }

        var configuration = new OperatorConfiguration(
            options, Get(OperatorSettings.HttpAddress) ?? new ListenAddress("", 0), Get(OperatorSettings.Kubeconfig), Get(OperatorSettings.Level), Get(OperatorSettings.Format));
        return problems.Count == 0 ? configuration : throw new InvalidConfigurationException(problems);
    }
}
