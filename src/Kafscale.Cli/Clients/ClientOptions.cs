using Kafscale.Clients;
using System.CommandLine;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Parsing;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Clients;

/// <summary>The flags that all commands have which talk to a cluster, and what they make together with the environment and a profile.</summary>
internal sealed class ClientOptions(Surroundings surroundings)
{
    private const int MaxTimeoutSeconds = 3600;

    private readonly Option<string> _bootstrapServer = new("--bootstrap-server", "-b")
    {
        Description = $"Any broker of the cluster; several with commas between them. Default: {ClientSettings.DefaultBootstrapServers}.",
        HelpName = "HOST:PORT",
        Recursive = true,
    };

    private readonly Option<string> _profile = new("--profile")
    {
        Description = "A profile, which names a cluster and how to get in; see 'kafscale profile'.",
        HelpName = "NAME",
        Recursive = true,
    };

    private readonly Option<bool> _tls = new("--tls") { Description = "Encrypts connections.", Recursive = true };
    private readonly Option<string> _tlsCa = FileOption("--tls-ca", "The authorities whose certificates brokers have, as PEM.");
    private readonly Option<string> _tlsCertificate = FileOption("--tls-cert", "The client's own certificate, as PEM.");
    private readonly Option<string> _tlsKey = FileOption("--tls-key", "The private key of --tls-cert, as PEM.");
    private readonly Option<bool> _tlsSkipVerify = new("--tls-skip-verify") { Description = "Believes every certificate. Not for anything that matters.", Recursive = true };
    private readonly Option<string> _saslMechanism = TextOption("--sasl-mechanism", "NAME", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.");
    private readonly Option<string> _saslUser = TextOption("--sasl-user", "NAME", "The user.");
    private readonly Option<string> _saslPassword = TextOption("--sasl-password", "TEXT", "The password. Better: KAFSCALE_CLIENT_SASL_PASSWORD, or a profile.");

    private readonly Option<string[]> _properties = new("--property", "-X")
    {
        Description = "Any property of a Kafka client (librdkafka).",
        HelpName = "NAME=VALUE",
        Recursive = true,
        // Otherwise what follows would belong to it, too.
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<int> _timeoutSeconds = new("--timeout")
    {
        Description = "How long an answer is waited for, in seconds.",
        HelpName = "SECONDS",
        Recursive = true,
        DefaultValueFactory = _ => 15,
    };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Shows the log of the Kafka client.", Recursive = true };

    private readonly Option<string> _output = new Option<string>("--output", "-o")
    {
        Description = "A table for people, or JSON.",
        Recursive = true,
        DefaultValueFactory = _ => OutputFormat.Table,
    }.Among(OutputFormat.Table, OutputFormat.Json);

    public Surroundings Surroundings => surroundings;

    /// <summary>Adds the flags to a command and all below it.</summary>
    public void AddTo(Command command)
    {
        command.Add(_bootstrapServer);
        command.Add(_profile);
        AddSecurityTo(command);
        command.Add(_timeoutSeconds);
        command.Add(_verbose);
    }

    /// <summary>Adds <c>--output</c> to a command and all below it.</summary>
    public void AddOutputTo(Command command) => command.Add(_output);

    /// <summary>Adds the flags that a profile can keep.</summary>
    public void AddKeptTo(Command command)
    {
        command.Add(_bootstrapServer);
        AddSecurityTo(command);
    }

    public string OutputOf(ParseResult parsed) => parsed.GetValue(_output)!;

    public bool IsVerbose(ParseResult parsed) => parsed.GetValue(_verbose);

    public TimeSpan TimeoutOf(ParseResult parsed) => parsed.GetValue(_timeoutSeconds) is >= 1 and <= MaxTimeoutSeconds and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw new CommandFailedException($"--timeout is a number of seconds from 1 to {MaxTimeoutSeconds}.");

    /// <summary>How the cluster is reached: flags go before the environment, and that before the profile.</summary>
    /// <exception cref="CommandFailedException">There is no such profile, or the properties cannot be.</exception>
    public ClientSettings Read(ParseResult parsed)
    {
        var flags = ReadFlags(parsed);
        var variables = ClientVariables.Properties(surroundings.Variables);
        var profile = ProfileFile.Of(surroundings).Find(parsed.GetValue(_profile));
        return ClientSettings.Combine(flags, variables, profile);
    }

    /// <summary>The properties that flags give.</summary>
    public IReadOnlyDictionary<string, string> ReadFlags(ParseResult parsed)
    {
        var properties = new Dictionary<string, string>();
        Add(ClientProperties.BootstrapServers, parsed.GetValue(_bootstrapServer));
        Add(ClientProperties.SslCaLocation, parsed.GetValue(_tlsCa));
        Add(ClientProperties.SslCertificateLocation, parsed.GetValue(_tlsCertificate));
        Add(ClientProperties.SslKeyLocation, parsed.GetValue(_tlsKey));
        Add(ClientProperties.SaslMechanism, parsed.GetValue(_saslMechanism)?.ToUpperInvariant());
        Add(ClientProperties.SaslUsername, parsed.GetValue(_saslUser));
        Add(ClientProperties.SaslPassword, parsed.GetValue(_saslPassword));
        Add(ClientProperties.SslVerification, parsed.GetValue(_tlsSkipVerify) ? "false" : parsed.GetValue(_tls) ? "true" : null);
        foreach (var property in parsed.GetValue(_properties) ?? [])
        {
            var equals = property.IndexOf('=', StringComparison.Ordinal);
            Add(
                equals > 0 ? property[..equals] : throw new CommandFailedException($"--property is NAME=VALUE, and not {property}."),
                property[(equals + 1)..]);
        }

        return properties;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                properties[name] = value;
            }
        }
    }

    private void AddSecurityTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_tls, _tlsCa, _tlsCertificate, _tlsKey, _tlsSkipVerify, _saslMechanism, _saslUser, _saslPassword, _properties])
        {
            command.Add(option);
        }
    }

    private static Option<string> FileOption(string name, string description) => TextOption(name, "FILE", description);

    private static Option<string> TextOption(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName, Recursive = true };
}
