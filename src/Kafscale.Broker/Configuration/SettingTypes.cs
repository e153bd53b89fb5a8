using System.Globalization;
using System.Text.RegularExpressions;
using Kafscale.Broker.Groups;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Configuration;

/// <summary>The types that settings have.</summary>
internal static partial class SettingTypes
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;
    private const long GiB = 1024 * MiB;
    private const double MaxDollars = 1_000_000;

    private static readonly (string Suffix, long Factor)[] ByteUnits = [("KiB", KiB), ("MiB", MiB), ("GiB", GiB), ("", 1)];

    public static SettingType<bool> Boolean { get; } = new("true or false", text => text.ToUpperInvariant() switch
    {
        "TRUE" => true,
        "FALSE" => false,
        _ => throw new FormatException(),
    });

    public static SettingType<ListenAddress> Address { get; } =
        new("HOST:PORT, [IPV6]:PORT or :PORT for all interfaces, ports 0 (any free one) to 65535", ListenAddress.Parse);

    public static SettingType<string> ReachableHost { get; } = new(
        "a host name or IP address, without a port, that is not that of all interfaces",
        text => Uri.CheckHostName(text) is not UriHostNameType.Unknown && !new ListenAddress(text, 0).IsAnyInterface
            ? text
            : throw new FormatException());

    public static SettingType<double> Dollars { get; } = new(
        "a number of dollars, such as 0.005",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var dollars) && dollars <= MaxDollars
            ? dollars
            : throw new FormatException());

    public static SettingType<double> Share { get; } = new(
        "a number above 0 up to 1",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is > 0 and <= 1
            ? share
            : throw new FormatException());

    public static SettingType<double> Ratio { get; } = new(
        "a number from 0 to 1",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio <= 1
            ? ratio
            : throw new FormatException());

    public static SettingType<OtlpProtocol> OtlpProtocol { get; } = OneOf(
        ("grpc", Configuration.OtlpProtocol.Grpc), ("http", Configuration.OtlpProtocol.Http));

    public static IReadOnlyDictionary<string, LogLevel> LevelNames { get; } = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = LogLevel.Trace,
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warn"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    public static SettingType<LogLevel> Level { get; } = OneOf([.. LevelNames.Select(name => (name.Key, name.Value))]);

    public static SettingType<LogFormat> Format { get; } = OneOf(("console", LogFormat.Console), ("json", LogFormat.Json));

    public static SettingType<ConsumerGroupMigrationPolicy> MigrationPolicy { get; } = OneOf(
        ("disabled", ConsumerGroupMigrationPolicy.Disabled),
        ("upgrade", ConsumerGroupMigrationPolicy.Upgrade),
        ("downgrade", ConsumerGroupMigrationPolicy.Downgrade),
        ("bidirectional", ConsumerGroupMigrationPolicy.Bidirectional));

    public static SettingType<BrokerRoles> Roles { get; } = OneOf(("read,lead", BrokerRoles.All), ("read", BrokerRoles.Read));

    public static SettingType<StoreLocation> MetadataLocation { get; } =
        new("sqlite:PATH of a database file", text => Location(text, "sqlite:", StoreKind.Sqlite));

    public static SettingType<StoreLocation> ObjectStoreLocation { get; } =
        new("file:PATH of a folder", text => Location(text, "file:", StoreKind.File));

    public static SettingType<string> BucketName { get; } = new(
        "a bucket's name: 3 to 63 characters of a-z 0-9 . - with a letter or digit at both ends",
        text => BucketNamePattern().IsMatch(text) ? text : throw new FormatException());

    public static SettingType<string> KeyPrefix { get; } = new(
        $"one or more parts with slashes between, at most {ObjectKeys.MaxPrefixLength} characters; a part has 1 to {ObjectKey.MaxPartLength} of a-z A-Z 0-9 - . _ = + , @",
        text => text.Length <= ObjectKeys.MaxPrefixLength && ObjectKey.IsValid(text) ? text : throw new FormatException());

    public static SettingType<Uri> HttpAddress { get; } = new("http://HOST:PORT or https://HOST:PORT, without a path", ParseHttpAddress);

    public static SettingType<IReadOnlyList<Uri>> HttpAddresses { get; } = new(
        "http://HOST:PORT or https://HOST:PORT, several with commas between",
        text => [.. text.Split(',', StringSplitOptions.TrimEntries).Select(ParseHttpAddress).Distinct()]);

    public static SettingType<string> Text(string validValues) =>
        new(validValues, text => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? text : throw new FormatException());

    public static SettingType<int> Int32(int minimum, int maximum, string unit = "")
    {
        var what = unit.Length == 0 ? "a whole number" : $"a whole number of {unit}";
        return new($"{what} from {Invariant(minimum)} to {Invariant(maximum)}", text => (int)InRange(WholeNumber(text), minimum, maximum));
    }

    public static SettingType<int> Milliseconds(int minimum, int maximum = int.MaxValue) => Int32(minimum, maximum, "milliseconds");

    public static SettingType<long> Bytes(long minimum, long maximum) =>
        new(
            $"{FormatBytes(minimum)} to {FormatBytes(maximum)}, in bytes or with the unit KiB, MiB or GiB",
            text => InRange(ByteCount(text), minimum, maximum));

    public static SettingType<int> Bytes32(long minimum, int maximum)
    {
        var bytes = Bytes(minimum, maximum);
        return new(bytes.ValidValues, text => (int)bytes.Parse(text));
    }

    private static SettingType<T> OneOf<T>(params (string Name, T Value)[] choices) =>
        new(
            string.Join(", ", choices[..^1].Select(choice => choice.Name)) + " or " + choices[^1].Name,
            text => Array.Find(choices, choice => string.Equals(choice.Name, text, StringComparison.OrdinalIgnoreCase)) is { Name: not null } found
                ? found.Value
                : throw new FormatException());

    private static StoreLocation Location(string text, string scheme, StoreKind kind) =>
        text.StartsWith(scheme, StringComparison.Ordinal) && text.Length > scheme.Length && !text.Contains('\0', StringComparison.Ordinal)
            ? new StoreLocation(kind, text[scheme.Length..])
            : throw new FormatException();

    private static Uri ParseHttpAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.PathAndQuery == "/" && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            ? address
            : throw new FormatException();

    private static long ByteCount(string text)
    {
        var (suffix, factor) = Array.Find(ByteUnits, unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        var number = WholeNumber(text[..^suffix.Length].TrimEnd());
        return number <= long.MaxValue / factor ? number * factor : throw new FormatException();
    }

    private static long WholeNumber(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException();

    private static long InRange(long number, long minimum, long maximum) =>
        number >= minimum && number <= maximum ? number : throw new FormatException();

    private static string FormatBytes(long bytes) => bytes switch
    {
        _ when bytes >= GiB && bytes % GiB == 0 => $"{Invariant(bytes / GiB)} GiB",
        _ when bytes >= MiB && bytes % MiB == 0 => $"{Invariant(bytes / MiB)} MiB",
        _ when bytes >= KiB && bytes % KiB == 0 => $"{Invariant(bytes / KiB)} KiB",
        _ => Invariant(bytes),
    };

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex BucketNamePattern();
}
