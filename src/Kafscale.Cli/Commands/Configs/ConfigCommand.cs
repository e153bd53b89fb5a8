using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Configs;

/// <summary><c>kafscale config</c>: settings of topics, brokers and groups.</summary>
internal sealed class ConfigCommand : Command
{
    public ConfigCommand(ClientOptions options)
        : base("config", "Shows and changes settings of topics, brokers and groups.")
    {
        Add(new ConfigDescribeCommand(options));
        Add(new ConfigAlterCommand(options));
        options.AddTo(this);
        options.AddOutputTo(this);
    }
}
