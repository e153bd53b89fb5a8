using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Profiles;

/// <summary><c>kafscale profile</c>: clusters and credentials under short names.</summary>
internal sealed class ProfileCommand : Command
{
    public ProfileCommand(ClientOptions options)
        : base("profile", "Keeps clusters and credentials under short names.")
    {
        Add(new ProfileListCommand(options));
        Add(new ProfileShowCommand(options));
        Add(new ProfileCreateCommand(options));
        Add(new ProfileUseCommand(options));
        Add(new ProfileDeleteCommand(options));
        options.AddOutputTo(this);
    }
}
