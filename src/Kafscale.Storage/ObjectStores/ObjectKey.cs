using System.Buffers;

namespace Kafscale.Storage.ObjectStores;

/// <summary>The rule that every object key keeps, so that it means the same in S3, in a folder and in memory.</summary>
/// <remarks>
/// A key is one or more parts with a slash between them, together at most 1,024 bytes. A part has 1 to 250
/// characters of <c>a-z A-Z 0-9 - . _ = + , @</c> and is neither <c>.</c> nor <c>..</c>.
/// </remarks>
public static class ObjectKey
{
    /// <summary>The longest key, in bytes; S3's limit.</summary>
    public const int MaxLength = 1024;

    /// <summary>
    /// The longest part between slashes, in bytes. File names end at 255 bytes; a topic name has up to 249.
    /// </summary>
    public const int MaxPartLength = 250;

    private static readonly SearchValues<char> PartCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._=+,@");

    /// <summary>Throws where <paramref name="key"/> is not a valid key.</summary>
    /// <exception cref="ArgumentException">The key breaks the rule; the message says how.</exception>
    public static void Validate(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length > MaxLength)
            throw new ArgumentException($"An object key has at most {MaxLength} bytes; this one has {key.Length}: '{key[..64]}...'.", nameof(key));
        foreach (var range in key.AsSpan().Split('/'))
        {
            var part = key.AsSpan(range);
            if (!IsValidPart(part))
            {
                throw new ArgumentException(
                    $"The object key '{key}' has an invalid part '{part}': a part has 1 to {MaxPartLength} characters of a-z A-Z 0-9 - . _ = + , @ and is neither '.' nor '..'.",
                    nameof(key));
            }
        }
    }

    /// <summary>Whether <paramref name="key"/> keeps the rule.</summary>
    public static bool IsValid(string key)
    {
        foreach (var range in key.AsSpan().Split('/'))
        {
            if (!IsValidPart(key.AsSpan(range)))
                return false;
        }

        return key.Length <= MaxLength;
    }

    /// <summary>Whether <paramref name="part"/> may stand between two slashes of a key.</summary>
    public static bool IsValidPart(ReadOnlySpan<char> part) =>
        part.Length is > 0 and <= MaxPartLength
        && part is not "." and not ".."
        && !part.ContainsAnyExcept(PartCharacters);
}
