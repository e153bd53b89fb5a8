using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Kafscale.Console.Security;

/// <summary>Who may sign in, and as what.</summary>
internal sealed class Accounts(ConsoleOptions options)
{
    private const int MaxPasswordLength = 1024;

    // Whether a user exists does not show in how long the answer takes.
    private readonly PasswordCheck _nobodys = PasswordCheck.OfPassword(Guid.Empty.ToString());

    /// <summary>Whether anybody has a password.</summary>
    public bool HasPasswords => options.Accounts.Count > 0;

    /// <summary>Whether people sign in by OpenID Connect.</summary>
    public bool HasOidc => options.Oidc is not null;

    /// <summary>Whether nothing can be changed by anybody.</summary>
    public bool IsReadOnly => options.IsReadOnly;

    /// <summary>The user with this password; null where there is none.</summary>
    public ClaimsPrincipal? Find(string name, string password)
    {
        if (password.Length is 0 or > MaxPasswordLength)
        {
            return null;
        }

        var account = options.Accounts.FirstOrDefault(candidate => candidate.Name == name);
        return (account?.Password ?? _nobodys).Matches(password) && account is not null ? Create(account.Name, account.Role) : null;
    }

    /// <summary>Whom a token of the API is of; null where there is none.</summary>
    public ClaimsPrincipal? FindToken(string token) => options.Tokens.FirstOrDefault(candidate => candidate.Matches(token)) is { } found ? Create(found.Name, found.Role) : null;

    /// <summary>Somebody with a role, and with all that are less.</summary>
    public ClaimsPrincipal Create(string name, Role role)
    {
        var granted = options.IsReadOnly ? Role.Viewer : role;
        var claims = Enum.GetValues<Role>().Where(candidate => candidate <= granted)
            .Select(candidate => new Claim(ClaimTypes.Role, candidate.ToString()))
            .Prepend(new Claim(ClaimTypes.Name, name));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme));
    }
}
