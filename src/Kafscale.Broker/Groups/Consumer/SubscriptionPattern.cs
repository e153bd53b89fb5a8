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
    public const int MaxLength = 2_048;

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
        fault = text.Length > MaxLength ? $"it is longer than {MaxLength} characters" : FindForeignSyntax(text);
        if (fault is not null)
        {
            return false;
        }

        try
        {
            // RE2 writes (?P<name>...) for what is (?<name>...) here.
            var translated = text.Replace("(?P<", "(?<", StringComparison.Ordinal);
            pattern = new SubscriptionPattern(new Regex(
                $@"\A(?:{translated})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchTimeout));
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

    /// <summary>What means something in RE2, and something else here without being an error.</summary>
    private static string? FindForeignSyntax(string text)
    {
        if (text.Contains("[:", StringComparison.Ordinal))
        {
            return "character classes such as [[:alpha:]] are not supported";
        }

        return text.Contains("\\Q", StringComparison.Ordinal) ? "quoting with \\Q is not supported" : null;
    }
}
