using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Clusters;

/// <summary><c>kafscale cluster</c>: what a cluster says of itself.</summary>
internal sealed class ClusterCommand : Command
{
    public ClusterCommand(ClientOptions options)
        : base("cluster", "Shows a cluster, its brokers, and whether it is healthy.")
    {
        Add(new ClusterInfoCommand(options));
        Add(new ClusterBrokersCommand(options));
        Add(new ClusterHealthCommand(options));
        options.AddTo(this);
        options.AddOutputTo(this);
    }
}
