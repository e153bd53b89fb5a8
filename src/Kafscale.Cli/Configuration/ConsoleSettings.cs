using System.Net;
using Kafscale.Clients;
using Kafscale.Console;
using Kafscale.Console.Security;

namespace Kafscale.Cli.Configuration;

/// <summary>What the environment tells the console.</summary>
internal static class ConsoleSettings
{
    public const string HttpAddress = "KAFSCALE_CONSOLE_HTTP_ADDR";
    public const string BrokerHttp = "KAFSCALE_CONSOLE_BROKER_HTTP";
    public const string ReadOnly = "KAFSCALE_CONSOLE_READ_ONLY";
    public const string TrustedProxies = "KAFSCALE_CONSOLE_TRUSTED_PROXIES";
    public const string UserName = "KAFSCALE_UI_USERNAME";
    public const string Password = "KAFSCALE_UI_PASSWORD";
    public const string UsersFile = "KAFSCALE_UI_USERS_FILE";
    public const string OidcIssuer = "KAFSCALE_UI_OIDC_ISSUER";
    public const string OidcClientId = "KAFSCALE_UI_OIDC_CLIENT_ID";
    public const string OidcClientSecret = "KAFSCALE_UI_OIDC_CLIENT_SECRET";
    public const string OidcScopes = "KAFSCALE_UI_OIDC_SCOPES";
    public const string OidcNameClaim = "KAFSCALE_UI_OIDC_NAME_CLAIM";
    public const string OidcRoleClaim = "KAFSCALE_UI_OIDC_ROLE_CLAIM";
    public const string OidcRoles = "KAFSCALE_UI_OIDC_ROLES";

    private const string DefaultScopes = "openid profile";
    private const string DefaultNameClaim = "preferred_username";
    private const string DefaultRoleClaim = "roles";

    /// <summary>Adds who may do what, and whom requests are believed from.</summary>
    /// <exception cref="CommandFailedException">Something is wrong or missing.</exception>
    public static ConsoleOptions WithAccess(ConsoleOptions options, IReadOnlyDictionary<string, string> variables)
    {
        var accounts = new List<Account>();
        IReadOnlyList<ApiToken> tokens = [];
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
            (var ofFile, tokens) = ConsoleUsersFile.Read(file);
            accounts.AddRange(ofFile);
        }

        var twice = accounts.Select(account => account.Name).Concat(tokens.Select(token => token.Name)).GroupBy(one => one).FirstOrDefault(same => same.Count() > 1);
        return twice is null
            ? options with { Accounts = accounts, Tokens = tokens, Oidc = ReadOidc(variables), TrustedProxies = ReadProxies(variables) }
            : throw new CommandFailedException($"There are two users {twice.Key}.");
    }

    /// <summary>Whether a switch is on.</summary>
    /// <exception cref="CommandFailedException">It is neither on nor off.</exception>
    public static bool ReadSwitch(IReadOnlyDictionary<string, string> variables, string name) => variables.GetValueOrDefault(name, "") switch
    {
        "" or "false" => false,
        "true" => true,
        var other => throw new CommandFailedException($"{name} is true or false, and not {other}."),
    };

    /// <summary>Reads viewer, editor or admin.</summary>
    public static bool TryParseRole(string text, out Role role) => Enum.TryParse(text, ignoreCase: true, out role) && Enum.IsDefined(role) && !char.IsAsciiDigit(text[0]);

    private static OidcSignIn? ReadOidc(IReadOnlyDictionary<string, string> variables)
    {
        var (issuer, clientId) = (variables.GetValueOrDefault(OidcIssuer, ""), variables.GetValueOrDefault(OidcClientId, ""));
        if (issuer.Length == 0 && clientId.Length == 0)
        {
            return null;
        }

        if (issuer.Length == 0 || clientId.Length == 0)
        {
            throw new CommandFailedException($"{OidcIssuer} and {OidcClientId} go together: only one of them is set.");
        }

        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            throw new CommandFailedException($"{OidcIssuer} is an address that begins with https://, and not {issuer}.");
        }

        return new OidcSignIn
        {
            Issuer = address,
            ClientId = clientId,
            ClientSecret = variables.GetValueOrDefault(OidcClientSecret, "") is { Length: > 0 } secret ? secret : null,
            Scopes = variables.GetValueOrDefault(OidcScopes, DefaultScopes).Split(' ', StringSplitOptions.RemoveEmptyEntries),
            NameClaim = variables.GetValueOrDefault(OidcNameClaim, DefaultNameClaim),
            Roles = new RoleMapping(variables.GetValueOrDefault(OidcRoleClaim, DefaultRoleClaim), ReadRoles(variables.GetValueOrDefault(OidcRoles, ""))),
        };
    }

    private static Dictionary<string, Role> ReadRoles(string text)
    {
        var roles = new Dictionary<string, Role>();
        foreach (var pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = pair.LastIndexOf('=');
            if (equals <= 0 || equals == pair.Length - 1 || !TryParseRole(pair[(equals + 1)..], out var role) || !roles.TryAdd(pair[..equals], role))
            {
                throw new CommandFailedException(
                    $"{OidcRoles} is VALUE=ROLE with commas between several, each value once, where ROLE is viewer, editor or admin, and not {pair}.");
            }
        }

        return roles.Count > 0
            ? roles
            : throw new CommandFailedException($"{OidcRoles} is not set, so nobody would get a role: say VALUE=ROLE,..., as in kafka-admins=admin,{RoleMapping.Anybody}=viewer.");
    }

    private static List<IPNetwork> ReadProxies(IReadOnlyDictionary<string, string> variables) =>
    [
        .. variables.GetValueOrDefault(TrustedProxies, "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text =>
            IPNetwork.TryParse(text, out var network) ? network
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
            : throw new CommandFailedException($"{TrustedProxies} is addresses and networks with commas between them, as in 10.0.0.7,10.1.0.0/16, and not {text}.")),
    ];
}
