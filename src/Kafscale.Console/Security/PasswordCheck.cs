using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Kafscale.Console.Security;

/// <summary>Tells whether a password is the right one, in a time that does not depend on how wrong it is.</summary>
internal sealed class PasswordCheck
{
    private const string Scheme = "pbkdf2-sha256";
    private const int Iterations = 210_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordCheck(int iterations, byte[] salt, byte[] hash)
    {
        _iterations = iterations;
        _salt = salt;
        _hash = hash;
    }

    /// <summary>Knows a password that the console was given as it is, of which it keeps a hash.</summary>
    public static PasswordCheck OfPassword(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordCheck(Iterations, salt, Derive(password, salt, Iterations));
    }

    /// <summary>Knows what <see cref="ToString"/> has written.</summary>
    /// <exception cref="FormatException">It is not that.</exception>
    public static PasswordCheck Parse(string text)
    {
        var parts = text.Split('$');
        if (parts is not [Scheme, var iterations, var salt, var hash]
            || !int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 10_000_000
            || !Base64Url.IsValid(salt) || !Base64Url.IsValid(hash) || Base64Url.DecodeFromChars(hash).Length != HashBytes)
        {
            throw new FormatException($"A password is written as {Scheme}$ITERATIONS$SALT$HASH.");
        }

        return new PasswordCheck(count, Base64Url.DecodeFromChars(salt), Base64Url.DecodeFromChars(hash));
    }

    public bool Matches(string password) => CryptographicOperations.FixedTimeEquals(Derive(password, _salt, _iterations), _hash);

    /// <summary>The hash with all that is needed to check against it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}${_iterations}${Base64Url.EncodeToString(_salt)}${Base64Url.EncodeToString(_hash)}");

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
