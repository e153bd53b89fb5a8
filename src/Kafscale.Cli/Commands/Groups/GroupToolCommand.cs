using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;
using Kafscale.Protocol;

namespace Kafscale.Cli.Commands.Groups;

/// <summary>A command about consumer groups, which asks the brokers.</summary>
internal abstract class GroupToolCommand : Command, IHasExamples
{
    private readonly Option<string> _bootstrapServer = new("--bootstrap-server")
    {
        Description = "Any broker of the cluster; several with commas between them.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => "127.0.0.1:9092",
    };

    private readonly Option<int> _timeoutSeconds = new("--timeout")
    {
        Description = "How long something is tried again, in seconds.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 15,
    };

    protected GroupToolCommand(string name, string description, string examples, Surroundings surroundings)
        : base(name, description)
    {
        Surroundings = surroundings;
        Examples = examples;
        Add(_bootstrapServer);
        Add(_timeoutSeconds);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    public string Examples { get; }

    protected Surroundings Surroundings { get; }

    /// <summary>Does what the command is for.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken);

    protected async Task<int> FailAsync(string message)
    {
        await Surroundings.Error.WriteLineAsync(message);
        return ExitCode.Failure;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var text = parsed.GetValue(_bootstrapServer)!;
        if (!TryParseServers(text, out var servers))
        {
            return await FailAsync($"--bootstrap-server is HOST:PORT, or several of them with commas between them, and not {text}.");
        }

        try
        {
            await using var cluster = new KafkaCluster(servers, Surroundings.TimeProvider, TimeSpan.FromSeconds(Math.Max(parsed.GetValue(_timeoutSeconds), 1)));
            return await RunAsync(parsed, cluster, new GroupClient(cluster), Surroundings.Stop);
        }
        catch (OperationCanceledException) when (Surroundings.Stop.IsCancellationRequested)
        {
            return await FailAsync($"kafscale group {Name} was stopped before it was done.");
        }
        catch (Exception e) when (e is KafkaException or IOException or SocketException or MalformedMessageException)
        {
            return await FailAsync($"kafscale group {Name} failed: {Explain(e)}");
        }
    }

    private static string Explain(Exception exception) => exception is KafkaException kafka
        ? kafka.Error switch
        {
            ErrorCode.GroupIdNotFound => $"{kafka.Message}. There is no such group.",
            ErrorCode.NonEmptyGroup => $"{kafka.Message}. It has members: stop them first.",
            ErrorCode.UnknownMemberId => $"{kafka.Message}. It has members, and only they may commit offsets: stop them first.",
            ErrorCode.GroupSubscribedToTopic => $"{kafka.Message}. Members consume from that topic: stop them first.",
            _ => kafka.Message,
        }
        : exception.Message;

    private static bool TryParseServers(string text, out List<(string Host, int Port)> servers)
    {
        servers = [];
        foreach (var server in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = server.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                return false;
            }

            servers.Add((server[..colon].Trim('[', ']'), port));
        }

        return servers.Count > 0;
    }
}
