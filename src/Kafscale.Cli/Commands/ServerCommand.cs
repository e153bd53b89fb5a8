using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running;
using Kafscale.Cli.Running.Development;

namespace Kafscale.Cli.Commands;

/// <summary>A command that runs a broker: <c>kafscale dev</c> and <c>kafscale broker</c>, whose flags are the settings.</summary>
internal sealed class ServerCommand : Command, IHasExamples
{
    private const string DevExamples = """
        Examples:
          kafscale dev
          kafscale dev --data-dir /tmp/kafscale --listen 127.0.0.1:19092 --http 127.0.0.1:18080
          kafscale dev --listen :9092 --broker-host my-machine.local
          kafscale dev --brokers 3

        Several brokers are processes of their own and need etcd on the PATH. The ready line has their process ids: kill -9
        one of them to watch a fail-over; it is started again.

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

    // As many as there are prefixes of one digit.
    private const int MaxBrokers = 9;

    private readonly Option<int> _brokers = new("--brokers")
    {
        Description = "Runs so many brokers, at the ports from --listen and --http on, on an etcd of their own. Default: 1.",
        HelpName = "VALUE",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _hasParentPipe = ParentPipeOption.Create();
    private readonly Surroundings _surroundings;
    private readonly StartBroker _startBroker;
    private readonly SettingOptions _settings;

    public ServerCommand(ServerRole role, Surroundings surroundings, StartBroker startBroker)
        : base(
            role == ServerRole.Dev ? "dev" : "broker",
            role == ServerRole.Dev
                ? "Runs everything in one process that keeps its data in one folder. For development."
                : "Runs a broker on the stores that it is given.")
    {
        _surroundings = surroundings;
        _startBroker = startBroker;
        Examples = role == ServerRole.Dev ? DevExamples : BrokerExamples;
        _settings = new SettingOptions(this, role, setting => setting.MissingFeature is not null || (role == ServerRole.Dev && !setting.IsShownByDev));
        if (role == ServerRole.Dev)
        {
            _brokers.Validators.Add(CheckBrokers);
            Add(_brokers);
        }
        else
        {
            Add(_hasParentPipe);
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
            configuration = _settings.Read(parsed, _surroundings.Variables);
        }
        catch (InvalidConfigurationException e)
        {
            await _surroundings.WriteProblemsAsync($"kafscale {Name}", e);
            await _surroundings.Error.WriteLineAsync($"All settings: kafscale {Name} --help, and docs/configuration.md.");
            return ExitCode.Failure;
        }

        if (configuration.Role == ServerRole.Dev && parsed.GetValue(_brokers) is > 1 and var count)
        {
            return await RunClusterAsync(count, configuration, parsed);
        }

        return configuration.Role == ServerRole.Broker && parsed.GetValue(_hasParentPipe) && _surroundings.Input is { } pipe
            ? await ParentPipe.RunAsync(pipe, _surroundings, surroundings => new BrokerRunner(configuration, surroundings, _startBroker).RunAsync())
            : await new BrokerRunner(configuration, _surroundings, _startBroker).RunAsync();
    }

    private static void CheckBrokers(OptionResult result)
    {
        if (result.Implicit)
        {
            return;
        }

        if (!int.TryParse(result.Tokens is [var token] ? token.Value : "", NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MaxBrokers)
        {
            result.AddError($"--brokers must be a number from 1 to {MaxBrokers}.");
        }
    }

    private async Task<int> RunClusterAsync(int count, BrokerConfiguration configuration, ParseResult parsed)
    {
        if (configuration.ObjectStore.Kind == StoreKind.Memory)
        {
            await _surroundings.Error.WriteLineAsync("kafscale dev cannot start: brokers do not share memory, so --brokers and --in-memory exclude each other.");
            return ExitCode.Failure;
        }

        return await new DevCluster(count, configuration, _settings.ReadGiven(parsed, _surroundings.Variables), _surroundings).RunAsync();
    }
}
