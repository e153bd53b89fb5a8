using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>
/// A regular expression that stands for topics: those whose whole name it matches. Kafka has it in the language of RE2, which
/// matches in linear time; so does what is used here.
/// </summary>
internal sealed class SubscriptionPattern
{
    /// <summary>Longer ones could take much memory.</summary>
    public const int MaxLength = 1_000;

    /// <summary>
    /// No topic's name has any, and what reading a pattern takes grows with the square of their number: a thousand took 13 seconds
    /// and 2.8 GB.
    /// </summary>
    private const int MaxForeignCharacters = 32;

    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly Regex _regex;

    private SubscriptionPattern(Regex regex) => _regex = regex;

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">As the client wrote it.</param>
    /// <param name="pattern">Null where there is a fault.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SubscriptionPattern? pattern, [NotNullWhen(false)] out string? fault)
    {
        pattern = null;
        fault = text.Length > MaxLength ? $"it is longer than {MaxLength} characters" : FindForeignSyntax(text) ?? FindForeignCharacters(text);
        if (fault is not null)
        {
            return false;
        }

        try
        {
            // RE2 writes (?P<name>...) for what is (?<name>...) here.
            var translated = text.Replace("(?P<", "(?<", StringComparison.Ordinal);

            // By itself first: `a)|(b` is a mistake, and must not become a pattern by what is put around it.
            _ = Create(translated);
            pattern = new SubscriptionPattern(Create($@"\A(?:{translated})\z"));
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            fault = exception.Message;
            return false;
        }
    }

    /// <summary>Whether it stands for a topic.</summary>
    public bool Matches(string topicName)
    {
        try
        {
            return _regex.IsMatch(topicName);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>Linear in the length of the name, and refused where the automaton would be large.</summary>
    private static Regex Create(string text) => new(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchTimeout);

    /// <summary>What means something in RE2 and something else here without being an error, or the other way round.</summary>
    private static string? FindForeignSyntax(string text)
    {
        if (text.Contains("[:", StringComparison.Ordinal))
        {
            return "character classes such as [[:alpha:]] are not supported";
        }

        return text.Contains(@"\u", StringComparison.Ordinal) ? @"characters such as \u0041 are not supported" : null;
    }

    private static string? FindForeignCharacters(string text) =>
        text.Where(character => !char.IsAscii(character)).Distinct().Count() > MaxForeignCharacters
            ? $"it has more than {MaxForeignCharacters} different characters that no topic's name has"
            : null;
}
