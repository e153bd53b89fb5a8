namespace Kafscale.Cli.Clients;

/// <summary>The environment of client commands: the profile's name, and any property of a client.</summary>
internal static class ClientVariables
{
    public const string Profile = "KAFSCALE_PROFILE";
    public const string ConfigurationHome = "XDG_CONFIG_HOME";
    public const string Home = "HOME";
    public const string NoColour = "NO_COLOR";

    private const string PropertyPrefix = "KAFSCALE_CLIENT_";

    /// <summary>The properties that are set: <c>KAFSCALE_CLIENT_SASL_PASSWORD</c> is <c>sasl.password</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Properties(IReadOnlyDictionary<string, string> variables) =>
        from variable in variables
        where variable.Key.StartsWith(PropertyPrefix, StringComparison.Ordinal) && variable.Key.Length > PropertyPrefix.Length
        select KeyValuePair.Create(variable.Key[PropertyPrefix.Length..].ToLowerInvariant().Replace('_', '.'), variable.Value);
}
