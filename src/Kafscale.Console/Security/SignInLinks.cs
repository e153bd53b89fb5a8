using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Kafscale.Console.Security;

/// <summary>Links that sign a browser in, once each: whoever can read what the process prints may do everything anyway.</summary>
/// <remarks>There is one link at a time; a new one replaces it.</remarks>
internal sealed class SignInLinks
{
    public const string Path = "/sign-in/link";
    public const string TokenName = "token";

    private const int TokenBytes = 32;

    private readonly Lock _lock = new();
    private byte[]? _hash;

    /// <summary>Makes a link.</summary>
    /// <param name="address">Where the console is, without a slash at its end.</param>
    public string Create(string address)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        lock (_lock)
        {
            _hash = HashOf(token);
        }

        return $"{address}{Path}?{TokenName}={token}";
    }

    /// <summary>Uses a link up.</summary>
    /// <returns>Whether it was the one.</returns>
    public bool TryUse(string token)
    {
        lock (_lock)
        {
            if (_hash is null || !CryptographicOperations.FixedTimeEquals(_hash, HashOf(token)))
            {
                return false;
            }

            _hash = null;
            return true;
        }
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
