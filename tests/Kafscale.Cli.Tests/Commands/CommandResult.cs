using System.Text;

namespace Kafscale.Cli.Tests.Commands;

/// <summary>What became of a command.</summary>
internal sealed record CommandResult(int ExitCode, byte[] Bytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(Bytes);
}
