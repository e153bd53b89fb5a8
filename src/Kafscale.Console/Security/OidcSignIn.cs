namespace Kafscale.Console.Security;

/// <summary>Where people sign in by OpenID Connect, and what they may do then.</summary>
internal sealed record OidcSignIn
{
    /// <summary>What ids of the provider's answers begin with; its metadata are at <c>/.well-known/openid-configuration</c> below it.</summary>
    public required Uri Issuer { get; init; }

    /// <summary>What the console is called there.</summary>
    public required string ClientId { get; init; }

    /// <summary>Its secret; null: it has none, and proves by PKCE alone that an answer is its own.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["openid", "profile"];

    /// <summary>The claim that names the user.</summary>
    public string NameClaim { get; init; } = "preferred_username";

    /// <summary>Who gets which role.</summary>
    public required RoleMapping Roles { get; init; }
}
