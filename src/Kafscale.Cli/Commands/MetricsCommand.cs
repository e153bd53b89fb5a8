using System.CommandLine;
using Kafscale.Cli.Configuration;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale metrics</c>: the reference page of all metrics, as Markdown.</summary>
internal sealed class MetricsCommand : Command
{
    public MetricsCommand(TextWriter output)
        : base("metrics", "Prints the reference of all metrics as Markdown.") =>
        SetAction(_ => output.Write(MetricsReference.Markdown()));
}
