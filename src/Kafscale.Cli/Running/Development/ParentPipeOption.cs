using System.CommandLine;

namespace Kafscale.Cli.Running.Development;

/// <summary>How a broker is told that its input is a <see cref="ParentPipe"/>. Not for people.</summary>
internal static class ParentPipeOption
{
    public const string Name = "--parent-pipe";

    public static Option<bool> Create() => new(Name) { Hidden = true };
}
