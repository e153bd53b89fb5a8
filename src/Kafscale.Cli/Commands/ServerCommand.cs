using System.CommandLine;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Configuration;
using Kafscale.Cli.Running;

namespace Kafscale.Cli.Commands;

/// <summary>A command that runs a broker: <c>kafscale dev</c> and <c>kafscale broker</c>, whose flags are the settings.</summary>
internal sealed class ServerCommand : Command
{
    private const string DevExamples = """
        Examples:
          kafscale dev
          kafscale dev --data-dir /tmp/kafscale --listen 127.0.0.1:19092 --http 127.0.0.1:18080
          kafscale dev --listen :9092 --broker-host my-machine.local

        The other settings of 'kafscale broker' work too. Each is also an environment variable and a key of the
        configuration file, as in --flush-interval-ms, KAFSCALE_FLUSH_INTERVAL_MS, flush.interval.ms.
        """;

    private const string BrokerExamples = """
        Examples:
          kafscale broker --metadata sqlite:/var/lib/kafscale/metadata.db --object-store file:/var/lib/kafscale/objects
          kafscale broker --config /etc/kafscale/broker.yaml --log-format json
          KAFSCALE_CONFIG=/etc/kafscale/broker.yaml KAFSCALE_BROKER_ID=3 kafscale broker

        Each setting is a flag, an environment variable and a key of the configuration file, as in
        --flush-interval-ms, KAFSCALE_FLUSH_INTERVAL_MS, flush.interval.ms. Flags go before the environment, and
        the environment before the file.
        """;

    private readonly ServerRole _role;
    private readonly Surroundings _surroundings;
    private readonly StartBroker _startBroker;
    private readonly Dictionary<Setting, Option<string>> _options = [];
    private readonly Option<string> _file = new("--config")
    {
        Description = $"A YAML file with settings; also {EnvironmentNames.ConfigurationFile}.",
        HelpName = "FILE",
    };

    public ServerCommand(ServerRole role, Surroundings surroundings, StartBroker startBroker)
        : base(
            role == ServerRole.Dev ? "dev" : "broker",
            role == ServerRole.Dev
                ? "Runs everything in one process that keeps its data in one folder. For development."
                : "Runs a broker on the stores that it is given.")
    {
        _role = role;
        _surroundings = surroundings;
        _startBroker = startBroker;
        Examples = role == ServerRole.Dev ? DevExamples : BrokerExamples;
        Add(_file);
        foreach (var setting in BrokerSettings.All.Where(setting => setting.Roles.HasFlag(role)))
        {
            var option = CreateOption(setting);
            _options.Add(setting, option);
            Add(option);
        }

        SetAction((parsed, _) => RunAsync(parsed));
    }

    /// <summary>What the help ends with.</summary>
    public string Examples { get; }

    /// <summary>Runs the broker until it is stopped.</summary>
    public async Task<int> RunAsync(ParseResult parsed)
    {
        BrokerConfiguration configuration;
        try
        {
            configuration = ReadConfiguration(parsed);
        }
        catch (InvalidConfigurationException e)
        {
            await _surroundings.Error.WriteLineAsync($"kafscale {Name} cannot start, because of its settings:");
            foreach (var problem in e.Problems)
            {
                await _surroundings.Error.WriteLineAsync($"  - {problem}");
            }

            await _surroundings.Error.WriteLineAsync($"All settings: kafscale {Name} --help, and docs/configuration.md.");
            return ExitCode.Failure;
        }

        return await new BrokerRunner(configuration, _surroundings, _startBroker).RunAsync();
    }

    private BrokerConfiguration ReadConfiguration(ParseResult parsed)
    {
        var problems = parsed.Errors.Select(error => error.Message).ToList();
        var sources = new List<ConfigurationSource>
        {
            ConfigurationSource.Flags(ReadFlags(parsed)),
            ConfigurationSource.Environment(_surroundings.Variables),
        };
        var fileName = IsValid(parsed, _file) ? parsed.GetValue(_file) : null;
        if (fileName is not null || _surroundings.Variables.TryGetValue(EnvironmentNames.ConfigurationFile, out fileName))
        {
            sources.Add(ConfigurationSource.File(fileName, ConfigurationFile.Read(fileName, problems)));
        }

        return BrokerConfigurationReader.Read(_role, sources, problems);
    }

    private Dictionary<string, string> ReadFlags(ParseResult parsed)
    {
        var values = new Dictionary<string, string>();
        foreach (var (setting, option) in _options)
        {
            if (IsValid(parsed, option))
            {
                values.Add(setting.Key, parsed.GetValue(option) ?? "true");
            }
        }

        return values;
    }

    // A flag whose value is missing or given twice is among the errors of the parser already.
    private static bool IsValid(ParseResult parsed, Option<string> option) =>
        parsed.GetResult(option) is { Implicit: false } result && !result.Errors.Any();

    private Option<string> CreateOption(Setting setting)
    {
        var defaultValue = setting.DefaultFor(_role) is { } value ? $" Default: {value}." : "";
        var option = new Option<string>(setting.Flag)
        {
            Description = $"{setting.Description}{defaultValue}",
            HelpName = setting.IsSwitch ? "true|false" : "VALUE",
            Arity = setting.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            Hidden = setting.MissingFeature is not null || (_role == ServerRole.Dev && !setting.IsShownByDev),
        };
        if (setting.FlagAlias is { } alias)
        {
            option.Aliases.Add(alias);
        }

        return option;
    }
}
