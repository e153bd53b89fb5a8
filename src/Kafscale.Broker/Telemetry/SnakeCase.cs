using System.Text.RegularExpressions;

namespace Kafscale.Broker.Telemetry;

/// <summary>Names of the code as they are spelled in labels.</summary>
internal static partial class SnakeCase
{
    /// <summary><c>TooManyConnections</c> as <c>too_many_connections</c>.</summary>
    public static string Of(string name) => WordStart().Replace(name, "_").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
