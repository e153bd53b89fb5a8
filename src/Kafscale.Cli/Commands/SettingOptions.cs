using System.CommandLine;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Configuration;

namespace Kafscale.Cli.Commands;

/// <summary>A command's flags for settings, and the configuration that they make together with the environment and a file.</summary>
internal sealed class SettingOptions
{
    private const string FlagStart = "--";

    private readonly ServerRole _role;
    private readonly Dictionary<Setting, Option<string>> _options = [];
    private readonly Option<string> _file = new("--config")
    {
        Description = $"A YAML file with settings; also {EnvironmentNames.ConfigurationFile}.",
        HelpName = "FILE",
    };

    /// <summary>Adds the flags to a command.</summary>
    public SettingOptions(Command command, ServerRole role, Func<Setting, bool> isHidden)
    {
        _role = role;
        command.Add(_file);
        foreach (var setting in BrokerSettings.All.Where(setting => setting.Roles.HasFlag(role)))
        {
            var option = CreateOption(setting, isHidden(setting));
            _options.Add(setting, option);
            command.Add(option);
        }
    }

    /// <summary>Reads the configuration.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="fallback">Values that hold where there are no others.</param>
    /// <exception cref="InvalidConfigurationException">Something is wrong; all of it is named.</exception>
    public BrokerConfiguration Read(
        ParseResult parsed, IReadOnlyDictionary<string, string> variables, IReadOnlyDictionary<string, string>? fallback = null)
    {
        var problems = new List<string>();
        var sources = ReadSources(parsed, variables, problems);
        if (fallback is not null)
        {
            sources.Add(ConfigurationSource.Flags(fallback.Where(pair => !IsGiven(sources, pair.Key)).ToDictionary()));
        }

        return BrokerConfigurationReader.Read(_role, sources, problems);
    }

    /// <summary>The values that are given somewhere, by <see cref="Setting.Key"/>, as they are written there.</summary>
    public IReadOnlyDictionary<string, string> ReadGiven(ParseResult parsed, IReadOnlyDictionary<string, string> variables)
    {
        var given = new Dictionary<string, string>();
        foreach (var (key, value) in ReadSources(parsed, variables, []).SelectMany(source => source.Values))
        {
            given.TryAdd(key, value);
        }

        return given;
    }

    private List<ConfigurationSource> ReadSources(ParseResult parsed, IReadOnlyDictionary<string, string> variables, List<string> problems)
    {
        var flags = ReadFlags(parsed);
        AddUnknown(parsed, flags, problems);
        var sources = new List<ConfigurationSource> { ConfigurationSource.Flags(flags), ConfigurationSource.Environment(variables) };
        var fileName = IsValid(parsed, _file) ? parsed.GetValue(_file) : null;
        if (fileName is not null || variables.TryGetValue(EnvironmentNames.ConfigurationFile, out fileName))
        {
            if (fileName.Length == 0)
            {
                problems.Add($"{_file.Name} or {EnvironmentNames.ConfigurationFile} is empty; valid: the name of a file.");
            }
            else
            {
                sources.Add(ConfigurationSource.File(fileName, ConfigurationFile.Read(fileName, problems)));
            }
        }

        return sources;
    }

    // What looks like a flag is taken for one whose name is wrong, and what follows on it for its value; the reader of the
    // configuration knows which name may have been meant.
    private static void AddUnknown(ParseResult parsed, Dictionary<string, string> flags, List<string> problems)
    {
        var unknown = parsed.UnmatchedTokens;
        problems.AddRange(parsed.Errors
            .Where(error => !unknown.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)))
            .Select(error => error.Message));
        for (var i = 0; i < unknown.Count; i++)
        {
            if (!IsFlag(unknown[i]))
            {
                problems.Add($"{unknown[i]} is neither a flag nor the value of one.");
                continue;
            }

            flags.TryAdd(KeyOf(unknown[i]), "");
            if (i + 1 < unknown.Count && !IsFlag(unknown[i + 1]))
            {
                i++;
            }
        }
    }

    private static string KeyOf(string flag) => flag[FlagStart.Length..].Split('=')[0].Replace('-', '.');

    private static bool IsFlag(string token) => token.StartsWith(FlagStart, StringComparison.Ordinal) && token.Length > FlagStart.Length;

    // Where the one metadata store is named, nothing falls back on the other.
    private static bool IsGiven(List<ConfigurationSource> sources, string key) =>
        sources.Any(source => source.Values.ContainsKey(key) || (key == "metadata" && source.Values.ContainsKey("etcd.endpoints")));

    private Dictionary<string, string> ReadFlags(ParseResult parsed)
    {
        var values = new Dictionary<string, string>();
        foreach (var (setting, option) in _options)
        {
            if (!IsValid(parsed, option))
            {
                continue;
            }

            var value = parsed.GetValue(option) ?? "true";
            if (setting.IsSwitch && IsFlag(value))
            {
                // A switch that stands alone, before a flag that the parser does not know and takes for its value.
                values.TryAdd(KeyOf(value), "");
                value = "true";
            }

            values[setting.Key] = value;
        }

        return values;
    }

    // A flag whose value is missing or given twice is among the errors of the parser already.
    private static bool IsValid(ParseResult parsed, Option<string> option) =>
        parsed.GetResult(option) is { Implicit: false } result && !result.Errors.Any();

    private Option<string> CreateOption(Setting setting, bool isHidden)
    {
        var defaultValue = setting.DefaultFor(_role) is { } value ? $" Default: {value}." : "";
        var option = new Option<string>(setting.Flag)
        {
            Description = $"{setting.Description}{defaultValue}",
            HelpName = setting.IsSwitch ? "true|false" : "VALUE",
            Arity = setting.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            Hidden = isHidden,
        };
        if (setting.FlagAlias is { } alias)
        {
            option.Aliases.Add(alias);
        }

        return option;
    }
}
