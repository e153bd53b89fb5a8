using System.CommandLine;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Configs;

/// <summary>Whose settings: the kind of a thing and its name.</summary>
internal sealed class ConfigResourceArguments
{
    private readonly Argument<string> _type = new("type") { Description = "topic, broker or group." };
    private readonly Argument<string> _name = new("name") { Description = "Its name, or a broker's number. Without one the defaults of all brokers.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Adds the arguments to a command.</summary>
    public ConfigResourceArguments(Command command)
    {
        _type.AcceptOnlyFromAmong("topic", "broker", "group");
        command.Add(_type);
        command.Add(_name);
    }

    /// <exception cref="CommandFailedException">It has no name.</exception>
    public (ResourceType Type, string Name) Read(ParseResult parsed)
    {
        var type = Enum.Parse<ResourceType>(parsed.GetValue(_type)!, ignoreCase: true);
        var name = parsed.GetValue(_name) ?? "";
        return name.Length > 0 || type == ResourceType.Broker ? (type, name) : throw new CommandFailedException($"Say which {parsed.GetValue(_type)}.");
    }
}
