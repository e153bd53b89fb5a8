using System.CommandLine;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale storage</c>: what looks after stored records.</summary>
internal sealed class StorageCommand : Command
{
    public StorageCommand(Surroundings surroundings)
        : base("storage", "Looks at stored records and after them: shows objects, collects garbage, verifies, rebuilds lost metadata.")
    {
        Add(new InspectCommand(surroundings));
        Add(new GcCommand(surroundings));
        Add(new VerifyCommand(surroundings));
        Add(new RebuildCommand(surroundings));
    }
}
