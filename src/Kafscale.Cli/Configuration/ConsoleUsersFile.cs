using Kafscale.Clients;
using Kafscale.Console.Security;

namespace Kafscale.Cli.Configuration;

/// <summary>The file of users and tokens of the console, one in each line: NAME ROLE HASH.</summary>
internal static class ConsoleUsersFile
{
    private const int MaxLines = 1000;

    /// <summary>Reads it.</summary>
    /// <exception cref="CommandFailedException">A line is wrong; the message says which and why.</exception>
    public static (IReadOnlyList<Account> Accounts, IReadOnlyList<ApiToken> Tokens) Read(string file)
    {
        var lines = File.ReadAllLines(file).Select((text, index) => (Text: text.Trim(), Number: index + 1))
            .Where(line => line.Text.Length > 0 && !line.Text.StartsWith('#')).Take(MaxLines + 1).ToList();
        if (lines.Count > MaxLines)
        {
            throw new CommandFailedException($"{file} ({ConsoleSettings.UsersFile}) has more than {MaxLines} users.");
        }

        var (accounts, tokens) = (new List<Account>(), new List<ApiToken>());
        foreach (var (text, number) in lines)
        {
            try
            {
                ReadLine(text, accounts, tokens);
            }
            catch (FormatException e)
            {
                throw new CommandFailedException($"{file} ({ConsoleSettings.UsersFile}), line {number}: {e.Message}");
            }
        }

        return (accounts, tokens);
    }

    private static void ReadLine(string line, List<Account> accounts, List<ApiToken> tokens)
    {
        if (line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is not [var name, var roleName, var hash]
            || !ConsoleSettings.TryParseRole(roleName, out var role))
        {
            throw new FormatException(
                "A line is NAME ROLE HASH, where ROLE is viewer, editor or admin; 'kafscale console hash' makes the hash of a password, and 'kafscale console token' a token with its hash.");
        }

        if (hash.StartsWith(ApiToken.Scheme, StringComparison.Ordinal))
        {
            tokens.Add(ApiToken.Parse(name, role, hash));
        }
        else
        {
            accounts.Add(new Account(name, role, PasswordCheck.Parse(hash)));
        }
    }
}
