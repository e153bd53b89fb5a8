using System.Globalization;
using k8s.Models;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Operator.Etcd;

/// <summary>Keeps <see cref="EtcdUpkeepState"/> in two ConfigMaps of the cluster, for the next process and for people.</summary>
internal sealed class EtcdUpkeepRecords(KubernetesObjects objects)
{
    private const string SnapshotAt = "publishedAt";
    private const string SnapshotKey = "key";
    private const string SnapshotSha256 = "sha256";
    private const string SnapshotBytes = "bytes";
    private const string ScheduledAt = "scheduledAt";
    private const string Trouble = "trouble";
    private const string RemovalTrouble = "removalTrouble";
    private const string AccessTrouble = "accessTrouble";
    private const string Access = "access";
    private const string MaintainedAt = "defragmentedAt";

    /// <summary>Reads them; what is missing or not to be read counts as not known.</summary>
    public async Task<EtcdUpkeepState> ReadAsync(ClusterNames names, CancellationToken cancellationToken)
    {
        var snapshot = (await objects.FindAsync(ResourceKinds.ConfigMaps, names.Namespace, names.EtcdSnapshot, cancellationToken))?.Data ?? new Dictionary<string, string>();
        var maintenance = (await objects.FindAsync(ResourceKinds.ConfigMaps, names.Namespace, names.EtcdMaintenance, cancellationToken))?.Data ?? new Dictionary<string, string>();
        return new EtcdUpkeepState
        {
            SnapshotAt = TimeOf(snapshot, SnapshotAt),
            SnapshotKey = TextOf(snapshot, SnapshotKey),
            SnapshotSha256 = TextOf(snapshot, SnapshotSha256),
            SnapshotBytes = long.TryParse(TextOf(snapshot, SnapshotBytes), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null,
            ScheduledAt = TimeOf(snapshot, ScheduledAt),
            SnapshotTrouble = TextOf(snapshot, Trouble),
            RemovalTrouble = TextOf(snapshot, RemovalTrouble),
            AccessTrouble = TextOf(snapshot, AccessTrouble),
            IsAccessKnown = TextOf(snapshot, Access) == "known",
            MaintainedAt = TimeOf(maintenance, MaintainedAt),
            MaintenanceTrouble = TextOf(maintenance, Trouble),
        };
    }

    /// <summary>Writes what differs from what is there.</summary>
    public async Task WriteAsync(ClusterNames names, EtcdUpkeepState state, CancellationToken cancellationToken)
    {
        await WriteAsync(
            names, names.EtcdSnapshot, cancellationToken,
            (SnapshotAt, TextOf(state.SnapshotAt)), (SnapshotKey, state.SnapshotKey), (SnapshotSha256, state.SnapshotSha256),
            (SnapshotBytes, state.SnapshotBytes?.ToString(CultureInfo.InvariantCulture)), (ScheduledAt, TextOf(state.ScheduledAt)), (Trouble, state.SnapshotTrouble),
            (RemovalTrouble, state.RemovalTrouble), (AccessTrouble, state.AccessTrouble), (Access, state.IsAccessKnown ? "known" : null));
        if (state.MaintainedAt is not null || state.MaintenanceTrouble is not null)
        {
            await WriteAsync(names, names.EtcdMaintenance, cancellationToken, (MaintainedAt, TextOf(state.MaintainedAt)), (Trouble, state.MaintenanceTrouble));
        }
    }

    private async Task WriteAsync(ClusterNames names, string name, CancellationToken cancellationToken, params (string Key, string? Value)[] values)
    {
        var map = new V1ConfigMap
        {
            Metadata = names.Child(name, ClusterNames.EtcdComponent),
            Data = values.Where(value => value.Value is not null).ToDictionary(value => value.Key, value => value.Value!),
        };
        await objects.ApplyAsync(ResourceKinds.ConfigMaps, map, cancellationToken);
    }

    private static string? TextOf(IDictionary<string, string> data, string key) => data.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    private static string? TextOf(DateTimeOffset? time) => time?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset? TimeOf(IDictionary<string, string> data, string key) =>
        DateTimeOffset.TryParse(TextOf(data, key), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
