using System.CommandLine;
using System.CommandLine.Completions;

namespace Kafscale.Cli.Parsing;

/// <summary>Options whose value is one of a few words.</summary>
internal static class Choice
{
    /// <summary>Lets an option be one of these words and nothing else.</summary>
    public static Option<string> Among(this Option<string> option, params string[] words)
    {
        option.HelpName = string.Join('|', words);
        option.CompletionSources.Add(_ => words.Select(word => new CompletionItem(word)));
        option.Validators.Add(result =>
        {
            if (!result.Implicit && result.Tokens is [var token] && !words.Contains(token.Value))
            {
                result.AddError($"{option.Name} is one of {string.Join(", ", words)}, and not {token.Value}.");
            }
        });
        return option;
    }
}
