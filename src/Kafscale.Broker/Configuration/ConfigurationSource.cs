namespace Kafscale.Broker.Configuration;

/// <summary>Where values of settings come from: the flags, the environment or a file.</summary>
/// <param name="Values">The values, by <see cref="Setting.Key"/>; keys may be unknown.</param>
/// <param name="NameOf">How a person finds a key there again, such as its flag.</param>
public sealed record ConfigurationSource(IReadOnlyDictionary<string, string> Values, Func<string, string> NameOf)
{
    /// <summary>Values from the command line.</summary>
    public static ConfigurationSource Flags(IReadOnlyDictionary<string, string> values) =>
        new(values, key => "--" + key.Replace('.', '-'));

    /// <summary>The variables of an environment that must be settings of the broker.</summary>
    /// <param name="variables">All variables by name, others' too.</param>
    public static ConfigurationSource Environment(IEnumerable<KeyValuePair<string, string>> variables) =>
        new(
            variables.Where(variable => EnvironmentNames.IsBrokerSetting(variable.Key)).ToDictionary(
                variable => EnvironmentNames.KeyOf(variable.Key), variable => variable.Value),
            EnvironmentNames.OfKey);

    /// <summary>Values from a configuration file.</summary>
    public static ConfigurationSource File(string fileName, IReadOnlyDictionary<string, string> values) =>
        new(values, key => $"{key} in {fileName}");
}
