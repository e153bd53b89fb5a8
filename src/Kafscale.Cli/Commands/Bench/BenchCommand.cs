using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Bench;

/// <summary><c>kafscale bench</c>: how fast a cluster is, as a client sees it.</summary>
internal sealed class BenchCommand : Command
{
    public BenchCommand(ClientOptions options)
        : base("bench", "Measures how fast a cluster is, as clients see it.")
    {
        Add(new BenchProduceCommand(options));
        Add(new BenchConsumeCommand(options));
        Add(new BenchLatencyCommand(options));
        options.AddTo(this);
        options.AddOutputTo(this);
    }
}
