using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Configuration;
using Kafscale.Cli.Running;
using Kafscale.Clients;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Commands.Consoles;

/// <summary><c>kafscale console</c>: serves the web console.</summary>
internal sealed class ConsoleCommand : Command, IHasExamples
{
    private const string DefaultAddress = "127.0.0.1:8080";
    private const string DefaultBrokerHttp = "http://{host}:8080";

    private readonly ClientOptions _client;
    private readonly Option<string> _address = new("--http")
    {
        Description = $"Where the console is served; also {ConsoleSettings.HttpAddress}. Default: {DefaultAddress}.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string> _brokerHttp = new("--broker-http")
    {
        Description = $"Where brokers answer over HTTP (metrics.addr), with commas between several; {{host}} is each broker's host; also {ConsoleSettings.BrokerHttp}. Default: {DefaultBrokerHttp}.",
        HelpName = "URL,...",
    };

    private readonly Option<bool> _readOnly = new("--read-only")
    {
        Description = $"Nobody changes anything; also {ConsoleSettings.ReadOnly}=true.",
    };

    private readonly Option<LogLevel> _logLevel = new("--log-level") { Description = "The lowest level that is logged.", DefaultValueFactory = _ => LogLevel.Information };

    public ConsoleCommand(ClientOptions client)
        : base("console", "Serves the web console of a cluster.")
    {
        _client = client;
        Add(_address);
        Add(_brokerHttp);
        Add(_readOnly);
        Add(_logLevel);
        Add(new ConsoleHashCommand(client.Surroundings));
        Add(new ConsoleTokenCommand(client.Surroundings));
        client.AddTo(this);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    public string Examples => $"""
        Examples:
          {ConsoleSettings.UserName}=admin {ConsoleSettings.Password}=... kafscale console --bootstrap-server broker-1:9092
          kafscale console -b broker-1:9092 --http :8080 --broker-http http://{"{host}"}:9644 --read-only

        Nobody can sign in unless {ConsoleSettings.UserName} and {ConsoleSettings.Password} are set, or {ConsoleSettings.UsersFile} names a file
        with a user in each line: NAME ROLE HASH, where ROLE is viewer, editor or admin; or {ConsoleSettings.OidcIssuer}, {ConsoleSettings.OidcClientId}
        and {ConsoleSettings.OidcRoles} lead to a sign-in provider.
        'kafscale dev' has a console of its own.
        """;

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var surroundings = _client.Surroundings;
        try
        {
            var variables = surroundings.Variables;
            var address = parsed.GetValue(_address) ?? variables.GetValueOrDefault(ConsoleSettings.HttpAddress, DefaultAddress);
            var brokerHttp = parsed.GetValue(_brokerHttp) ?? variables.GetValueOrDefault(ConsoleSettings.BrokerHttp, DefaultBrokerHttp);
            return await new ConsoleRunner(
                ParseAddress(address),
                _client.Read(parsed),
                brokerHttp.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                parsed.GetValue(_readOnly) || ConsoleSettings.ReadSwitch(variables, ConsoleSettings.ReadOnly),
                _client.TimeoutOf(parsed),
                parsed.GetValue(_logLevel),
                surroundings).RunAsync();
        }
        catch (Exception e) when (e is CommandFailedException or StartFailedException or KafkaException or IOException or UnauthorizedAccessException)
        {
            await surroundings.Error.WriteLineAsync($"kafscale console could not start: {e.Message}");
            return ExitCode.Failure;
        }
    }

    private static ListenAddress ParseAddress(string text)
    {
        try
        {
            return ListenAddress.Parse(text);
        }
        catch (FormatException)
        {
            throw new CommandFailedException($"--http or {ConsoleSettings.HttpAddress} is HOST:PORT or :PORT, and not {text}.");
        }
    }
}
