using System.CommandLine;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale storage</c>: what looks after stored records.</summary>
internal sealed class StorageCommand : Command
{
    public StorageCommand(Surroundings surroundings)
        : base("storage", "Looks after stored records: collects garbage, verifies, rebuilds lost metadata.")
    {
        Add(new GcCommand(surroundings));
        Add(new VerifyCommand(surroundings));
        Add(new RebuildCommand(surroundings));
    }
}
