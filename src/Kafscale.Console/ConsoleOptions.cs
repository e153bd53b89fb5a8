using System.Net;
using Kafscale.Clients;
using Kafscale.Console.Security;

namespace Kafscale.Console;

/// <summary>What the console is told when it starts.</summary>
internal sealed record ConsoleOptions
{
    /// <summary>How the cluster is reached.</summary>
    public required ClientSettings Cluster { get; init; }

    /// <summary>
    /// Where brokers answer over HTTP: addresses, or one that has <c>{host}</c> in it, in place of which the host of each broker is put.
    /// </summary>
    public required IReadOnlyList<string> BrokerHttpAddresses { get; init; }

    /// <summary>Who may sign in with a password. Nobody where it is empty.</summary>
    public IReadOnlyList<Account> Accounts { get; init; } = [];

    /// <summary>Who may ask the API with a token.</summary>
    public IReadOnlyList<ApiToken> Tokens { get; init; } = [];

    /// <summary>Where people sign in by OpenID Connect; null: nowhere.</summary>
    public OidcSignIn? Oidc { get; init; }

    /// <summary>The proxies that may say from where, by which scheme and under which name a request has come.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Whether nothing can be changed by anybody.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>How long an answer of the cluster is waited for.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);
}
