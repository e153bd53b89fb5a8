using System.Buffers;

namespace Kafscale.Storage;

/// <summary>Kafka's rule for topic names: 1 to 249 of <c>a-z A-Z 0-9 . _ -</c>, not <c>.</c> and not <c>..</c>.</summary>
public static class TopicName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 249;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Whether a topic may have this name.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxLength && name is not "." and not ".." && !name.ContainsAnyExcept(Characters);

    /// <summary>Throws where <see cref="IsValid"/> is false.</summary>
    /// <exception cref="ArgumentException">The name breaks the rule.</exception>
    public static void Validate(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsValid(name))
        {
            throw new ArgumentException(
                $"The topic name '{name[..Math.Min(name.Length, MaxLength)]}' is invalid: a name has 1 to {MaxLength} characters of a-z A-Z 0-9 . _ - and is neither '.' nor '..'.",
                nameof(name));
        }
    }
}
