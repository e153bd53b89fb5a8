using Kafscale.Clients;
using Kafscale.Console.Security;

namespace Kafscale.Cli.Configuration;

/// <summary>What the environment tells the console.</summary>
internal static class ConsoleSettings
{
    public const string HttpAddress = "KAFSCALE_CONSOLE_HTTP_ADDR";
    public const string BrokerHttp = "KAFSCALE_CONSOLE_BROKER_HTTP";
    public const string ReadOnly = "KAFSCALE_CONSOLE_READ_ONLY";
    public const string UserName = "KAFSCALE_UI_USERNAME";
    public const string Password = "KAFSCALE_UI_PASSWORD";
    public const string UsersFile = "KAFSCALE_UI_USERS_FILE";

    private const int MaxUsers = 1000;

    /// <summary>Who may sign in.</summary>
    /// <exception cref="CommandFailedException">Something is wrong or missing.</exception>
    public static IReadOnlyList<Account> ReadAccounts(IReadOnlyDictionary<string, string> variables)
    {
        var accounts = new List<Account>();
        var (name, password) = (variables.GetValueOrDefault(UserName, ""), variables.GetValueOrDefault(Password, ""));
        if (name.Length > 0 != password.Length > 0)
        {
            throw new CommandFailedException($"{UserName} and {Password} go together: only one of them is set.");
        }

        if (name.Length > 0)
        {
            accounts.Add(new Account(name, Role.Admin, PasswordCheck.OfPassword(password)));
        }

        if (variables.GetValueOrDefault(UsersFile, "") is { Length: > 0 } file)
        {
            accounts.AddRange(ReadFile(file));
        }

        var twice = accounts.GroupBy(account => account.Name).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? accounts : throw new CommandFailedException($"There are two users {twice.Key}.");
    }

    /// <summary>Whether a switch is on.</summary>
    /// <exception cref="CommandFailedException">It is neither on nor off.</exception>
    public static bool ReadSwitch(IReadOnlyDictionary<string, string> variables, string name) => variables.GetValueOrDefault(name, "") switch
    {
        "" or "false" => false,
        "true" => true,
        var other => throw new CommandFailedException($"{name} is true or false, and not {other}."),
    };

    private static IEnumerable<Account> ReadFile(string file)
    {
        var lines = File.ReadAllLines(file).Select((text, index) => (Text: text.Trim(), Number: index + 1))
            .Where(line => line.Text.Length > 0 && !line.Text.StartsWith('#')).Take(MaxUsers + 1).ToList();
        if (lines.Count > MaxUsers)
        {
            throw new CommandFailedException($"{file} ({UsersFile}) has more than {MaxUsers} users.");
        }

        return lines.Select(line => ReadUser(file, line.Number, line.Text));
    }

    private static Account ReadUser(string file, int number, string line)
    {
        var parts = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        try
        {
            return parts is [var name, var role, var password] && Enum.TryParse<Role>(role, ignoreCase: true, out var known) && Enum.IsDefined(known)
                ? new Account(name, known, PasswordCheck.Parse(password))
                : throw new FormatException("A line is NAME ROLE PASSWORD-HASH, where ROLE is viewer, editor or admin; 'kafscale console hash' makes a hash.");
        }
        catch (FormatException e)
        {
            throw new CommandFailedException($"{file} ({UsersFile}), line {number}: {e.Message}");
        }
    }
}
