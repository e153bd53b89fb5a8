using System.CommandLine.Completions;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Clients.Profiles;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary>Names of profiles, where a shell asks for them.</summary>
internal static class ProfileCompletions
{
    public static IEnumerable<CompletionItem> Of(Surroundings surroundings)
    {
        try
        {
            return ProfileFile.Of(surroundings).Read().ByName.Keys.Select(name => new CompletionItem(name));
        }
        catch (Exception e) when (e is CommandFailedException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
