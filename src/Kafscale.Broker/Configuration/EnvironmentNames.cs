using System.Text.RegularExpressions;

namespace Kafscale.Broker.Configuration;

/// <summary>Which environment variables are the broker's, and so must be settings that it knows.</summary>
public static partial class EnvironmentNames
{
    /// <summary>What all environment names of Kafscale begin with.</summary>
    public const string Prefix = "KAFSCALE_";

    /// <summary>Names the configuration file, like the flag <c>--config</c>.</summary>
    public const string ConfigurationFile = Prefix + "CONFIG";

    // One environment file often serves all roles; these belong to the console, the operator and the commands that are clients.
    private static readonly string[] PrefixesOfOtherRoles = [Prefix + "CONSOLE_", Prefix + "UI_", Prefix + "OPERATOR_", Prefix + "CLIENT_", Prefix + "PROFILE"];

    /// <summary>Whether a variable must be the name of one of the broker's settings.</summary>
    public static bool IsBrokerSetting(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && name != ConfigurationFile
        && !PrefixesOfOtherRoles.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        && !KubernetesServiceLink().IsMatch(name);

    /// <summary>
    /// The key of a variable's setting. A name that is written in another way than the settings', such as in lower case, is no setting's and stays
    /// as it is: two variables must not mean the same.
    /// </summary>
    internal static string KeyOf(string name)
    {
        var key = name[Prefix.Length..].Replace('_', '.').ToLowerInvariant();
        return OfKey(key) == name ? key : name;
    }

    /// <summary>The variable that <see cref="KeyOf"/> has given a key.</summary>
    internal static string OfKey(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) ? key : Prefix + key.Replace('.', '_').ToUpperInvariant();

    // Kubernetes puts the addresses of every service into the environment of every container of the namespace,
    // under names that begin with the service's name, which is "kafscale-..." often enough.
    [GeneratedRegex("_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$", RegexOptions.CultureInvariant)]
    private static partial Regex KubernetesServiceLink();
}
