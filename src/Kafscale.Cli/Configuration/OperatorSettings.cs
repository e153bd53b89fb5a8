using System.Globalization;
using Cronos;
using Kafscale.Broker.Configuration;
using Kafscale.Operator.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Configuration;

/// <summary>The settings of the operator: the one table that parsing, help and the reference page are made from.</summary>
internal static class OperatorSettings
{
    /// <summary>What their keys begin with.</summary>
    public const string Keys = "operator.";

    private const int MaxSeconds = 86_400 * 365;
    private const long MaxQuotaBytes = 1L << 40;

    private static readonly List<Setting> Registered = [];

    public static readonly TypedSetting<string> Image = Add(
        "image", Text("an image, REPOSITORY:TAG"), null, "The image of brokers, consoles and restores whose cluster names none. It must be set.");

    public static readonly TypedSetting<ListenAddress> HttpAddress = Add(
        "http.addr", new SettingType<ListenAddress>("HOST:PORT, [IPV6]:PORT or :PORT for all interfaces", ListenAddress.Parse), ":8080", "Where /livez, /readyz and /metrics are served.", alias: "--http");

    public static readonly TypedSetting<string> Namespace = Add(
        "namespace", Text("a namespace"), null, "The one namespace that is looked after; where it is not set, all are.");

    public static readonly TypedSetting<NamespacedName> LeaderKey = Add(
        "leader.key", new SettingType<NamespacedName>("NAME or NAMESPACE/NAME", ParseLeaderKey), "kafscale-operator", "The Lease that the operator which works holds; NAME is one in its own namespace.");

    public static readonly TypedSetting<int> ResyncSec = Add(
        "resync.sec", Number(1, 3600, "seconds"), "60", "How often everything is looked at, though nothing has changed.");

    public static readonly TypedSetting<string> Kubeconfig = Add(
        "kubeconfig", Text("a file"), null, "How the API server is reached; where it is not set, as the pod's service account does, or else as kubectl.");

    public static readonly TypedSetting<LogLevel> Level = Add("log.level", OneOf(
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("warn", LogLevel.Warning), ("error", LogLevel.Error)), "info", "The lowest level that is logged.");

    public static readonly TypedSetting<LogFormat> Format = Add("log.format", OneOf(("console", LogFormat.Console), ("json", LogFormat.Json)), "console", "How log lines are written.");

    public static readonly TypedSetting<IReadOnlyList<Uri>> EtcdEndpoints = Add(
        "etcd.endpoints", new SettingType<IReadOnlyList<Uri>>("http://HOST:PORT or https://HOST:PORT, several with commas between", ParseAddresses), null,
        "An etcd for the cluster that names none, in place of one of its own. It serves one cluster.");

    public static readonly TypedSetting<string> EtcdImage = Add("etcd.image", Text("an image, REPOSITORY:TAG"), "quay.io/coreos/etcd:v3.5.21", "The image of etcd's members.");

    public static readonly TypedSetting<int> EtcdReplicas = Add(
        "etcd.replicas", new SettingType<int>("1, 3 or 5", text => text switch { "1" => 1, "3" => 3, "5" => 5, _ => throw new FormatException() }), "3",
        "How many members an etcd has that is made from now on.");

    public static readonly TypedSetting<string> EtcdStorageSize = Add("etcd.storage.size", new SettingType<string>("a quantity, such as 10Gi", ParseQuantity), "10Gi", "Of a member's volume.");

    public static readonly TypedSetting<string> EtcdStorageClass = Add("etcd.storage.class", Text("a storage class"), null, "Of a member's volume; where it is not set, the default one.");

    public static readonly TypedSetting<bool> EtcdStorageMemory = Add("etcd.storage.memory", Boolean(), "false", "Members keep their data in memory, for trials: without them all, the metadata come from the bucket.");

    public static readonly TypedSetting<string> EtcdAutoCompactionMode = Add(
        "etcd.auto.compaction.mode", OneOf(("periodic", "periodic"), ("revision", "revision")), "periodic", "What etcd's own compaction goes by.");

    public static readonly TypedSetting<string> EtcdAutoCompactionRetention = Add(
        "etcd.auto.compaction.retention", Text("a duration such as 5m, or a number of revisions"), "5m", "How much history stays.");

    public static readonly TypedSetting<long> EtcdQuotaBackendBytes = Add(
        "etcd.quota.backend.bytes", new SettingType<long>("64 MiB to 1024 GiB, in bytes or with the unit MiB or GiB", ParseBytes), "4GiB", "The largest database of a member.");

    public static readonly TypedSetting<CronExpression> EtcdMaintenanceSchedule = Add("etcd.maintenance.schedule", Schedule(), "0 3 * * *", "When members are defragmented, in UTC.");

    public static readonly TypedSetting<CronExpression> EtcdMaintenanceCheckSchedule = Add(
        "etcd.maintenance.check.schedule", Schedule(), "*/10 * * * *", "When the size of members is looked at, in UTC.");

    public static readonly TypedSetting<int> EtcdMaintenanceSizeThresholdPct = Add(
        "etcd.maintenance.size.threshold.pct", Number(1, 100, "percent"), "75", "From which share of the quota on that look defragments at once.");

    public static readonly TypedSetting<string> SnapshotBucket = Add("etcd.snapshot.bucket", Text("a bucket's name"), null, "Where snapshots of etcd go; where it is not set, the cluster's bucket.");

    public static readonly TypedSetting<string> SnapshotPrefix = Add(
        "etcd.snapshot.prefix", Text("a prefix without slashes at its ends"), "etcd-snapshots", "What their keys begin with; the cluster's namespace and name follow.");

    public static readonly TypedSetting<CronExpression> SnapshotSchedule = Add("etcd.snapshot.schedule", Schedule(), "0 * * * *", "When snapshots are taken, in UTC.");

    public static readonly TypedSetting<Uri> SnapshotEndpoint = Add(
        "etcd.snapshot.s3.endpoint", new SettingType<Uri>("http://HOST:PORT or https://HOST:PORT", ParseAddress), null, "The store that has the bucket; where it is not set, the cluster's.");

    public static readonly TypedSetting<int> SnapshotStaleAfterSec = Add(
        "etcd.snapshot.stale.after.sec", Number(60, MaxSeconds, "seconds"), "7200", "From which age on the newest snapshot counts as stale.");

    public static readonly TypedSetting<int> SnapshotKeep = Add(
        "etcd.snapshot.keep", Number(1, 1_000_000, "snapshots"), "48", "How many of the newest snapshots stay; older ones of the same cluster are removed after each that was published.");

    public static readonly TypedSetting<bool> SnapshotCreateBucket = Add("etcd.snapshot.create.bucket", Boolean(), "false", "Makes a missing bucket.");

    public static readonly TypedSetting<bool> SnapshotProtectBucket = Add("etcd.snapshot.protect.bucket", Boolean(), "false", "Turns on versioning of the bucket, and blocks public access.");

    public static readonly TypedSetting<bool> SnapshotSkipPreflight = Add(
        "etcd.snapshot.skip.preflight", Boolean(), "false", "Does not write a small object first to see whether it may.");

    /// <summary>All of them, in the order of the reference page.</summary>
    public static IReadOnlyList<Setting> All => Registered;

    private static TypedSetting<T> Add<T>(string key, SettingType<T> type, string? defaultValue, string description, string? alias = null)
    {
        var setting = new TypedSetting<T>
        {
            Section = "Operator",
            Key = Keys + key,
            Type = type,
            Default = defaultValue,
            Description = description,
            // Without the word that the command has said already.
            FlagAlias = alias ?? "--" + key.Replace('.', '-'),
        };
        Registered.Add(setting);
        return setting;
    }

    private static SettingType<string> Text(string validValues) => new(validValues, text => text.Length > 0 && !text.Any(char.IsWhiteSpace) ? text : throw new FormatException());

    private static SettingType<bool> Boolean() => OneOf(("true", true), ("false", false));

    private static SettingType<int> Number(int minimum, int maximum, string unit) => new(
        string.Create(CultureInfo.InvariantCulture, $"a whole number of {unit} from {minimum} to {maximum}"),
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum ? number : throw new FormatException());

    private static SettingType<CronExpression> Schedule() => new("five fields as in crontab(5)", text =>
    {
        try
        {
            return CronExpression.Parse(text);
        }
        catch (CronFormatException e)
        {
            throw new FormatException(e.Message, e);
        }
    });

    private static SettingType<T> OneOf<T>(params (string Name, T Value)[] choices) => new(
        string.Join(", ", choices[..^1].Select(choice => choice.Name)) + " or " + choices[^1].Name,
        text => Array.Find(choices, choice => choice.Name == text) is { Name: not null } found ? found.Value : throw new FormatException());

    private static NamespacedName ParseLeaderKey(string text) => text.Split('/') switch
    {
        [{ Length: > 0 } name] => new NamespacedName("", name),
        [{ Length: > 0 } ns, { Length: > 0 } name] => new NamespacedName(ns, name),
        _ => throw new FormatException(),
    };

    private static IReadOnlyList<Uri> ParseAddresses(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries).Select(ParseAddress)];

    private static Uri ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.PathAndQuery == "/" && address.UserInfo.Length == 0
            ? address
            : throw new FormatException();

    private static string ParseQuantity(string text)
    {
        try
        {
            return new k8s.Models.ResourceQuantity(text).ToDecimal() > 0 ? text : throw new FormatException();
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static long ParseBytes(string text)
    {
        var (digits, factor) = text switch
        {
            _ when text.EndsWith("GiB", StringComparison.Ordinal) => (text[..^3], 1L << 30),
            _ when text.EndsWith("MiB", StringComparison.Ordinal) => (text[..^3], 1L << 20),
            _ => (text, 1L),
        };
        return long.TryParse(digits.TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MaxQuotaBytes / factor && number * factor >= 64L << 20
            ? number * factor
            : throw new FormatException();
    }
}
