using System.CommandLine;
using Kafscale.Cli.Configuration;
using Kafscale.Console.Security;

namespace Kafscale.Cli.Commands.Consoles;

/// <summary><c>kafscale console token</c>: makes a token for the API, and its hash for the file of users.</summary>
internal sealed class ConsoleTokenCommand : Command
{
    public ConsoleTokenCommand(Surroundings surroundings)
        : base("token", $"Prints a new token for the API on the first line, and its hash for {ConsoleSettings.UsersFile} on the second.") =>
        SetAction(async (_, _) =>
        {
            var (token, hash) = ApiToken.Create();
            await surroundings.Output.WriteLineAsync(token);
            await surroundings.Output.WriteLineAsync(hash);
            return ExitCode.Success;
        });
}
