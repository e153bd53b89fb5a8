using System.CommandLine;
using Kafscale.Cli.Configuration;
using Kafscale.Console.Security;

namespace Kafscale.Cli.Commands.Consoles;

/// <summary><c>kafscale console hash</c>: makes the hash of a password that it reads, for the file of users.</summary>
internal sealed class ConsoleHashCommand : Command
{
    public ConsoleHashCommand(Surroundings surroundings)
        : base("hash", $"Reads a password from the standard input and prints its hash for {ConsoleSettings.UsersFile}.") =>
        SetAction(async (_, cancellationToken) =>
        {
            var password = await surroundings.Input!.ReadLineAsync(cancellationToken);
            if (string.IsNullOrEmpty(password))
            {
                await surroundings.Error.WriteLineAsync("kafscale console hash failed: there is no password on the standard input.");
                return ExitCode.Failure;
            }

            await surroundings.Output.WriteLineAsync(PasswordCheck.OfPassword(password).ToString());
            return ExitCode.Success;
        });
}
