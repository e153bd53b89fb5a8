using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Kafscale.Console.Security;

/// <summary>Something that asks the API on its own, and proves who it is by a token. Only a hash of the token is kept.</summary>
/// <param name="Name">What it is called, in the activity.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the token, which is random and long, so that nothing slower is needed.</param>
internal sealed record ApiToken(string Name, Role Role, byte[] Hash)
{
    /// <summary>What the hash of a token begins with where it is written.</summary>
    public const string Scheme = "token-sha256$";

    private const string TokenPrefix = "kafscale_";
    private const int TokenBytes = 32;
    private const int MaxTokenLength = 200;

    /// <summary>Makes a token.</summary>
    /// <returns>The token, and its hash as it is written.</returns>
    public static (string Token, string Hash) Create()
    {
        var token = TokenPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        return (token, Scheme + Base64Url.EncodeToString(HashOf(token)));
    }

    /// <summary>Reads what <see cref="Create"/> has written.</summary>
    /// <exception cref="FormatException">It is not that.</exception>
    public static ApiToken Parse(string name, Role role, string hash)
    {
        var encoded = hash.StartsWith(Scheme, StringComparison.Ordinal) ? hash[Scheme.Length..] : "";
        return Base64Url.IsValid(encoded, out var length) && length == SHA256.HashSizeInBytes
            ? new ApiToken(name, role, Base64Url.DecodeFromChars(encoded))
            : throw new FormatException($"The hash of a token is written as {Scheme}HASH.");
    }

    /// <summary>Whether a token is this one.</summary>
    public bool Matches(string token) => token.Length <= MaxTokenLength && CryptographicOperations.FixedTimeEquals(HashOf(token), Hash);

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
