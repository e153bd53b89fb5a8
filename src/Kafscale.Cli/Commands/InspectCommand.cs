using System.Buffers;
using System.CommandLine;
using Kafscale.Cli.Inspection;
using Kafscale.Cli.Parsing;
using Kafscale.Cli.Rendering;
using Kafscale.Cli.Running;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale storage inspect</c>: shows what is in an object, and checks it.</summary>
internal sealed class InspectCommand : StorageToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale storage inspect ./data/objects/default/orders/0/segment-00000000000000000000.kfs
          kafscale storage inspect default/wal/0000000000000001/00000000000000000003.wal --data-dir ./data --batches
          kafscale storage inspect default/orders/0/segment-00000000000000000000.kfs --s3-bucket my-records --records
          kafscale storage inspect FILE.index --output json

        What is shown: segments (.kfs), their indexes (.index), WAL objects (.wal) and manifests, whatever they are called. A file
        that there is needs no settings; anything else is a key in the store that they name.
        """;

    private readonly Argument<string> _object = new("object") { Description = "A file, or an object's key.", HelpName = "FILE|KEY" };
    private readonly Option<bool> _batches = new("--batches") { Description = "Shows the record batches." };
    private readonly Option<bool> _records = new("--records") { Description = "Shows the records." };
    private readonly Option<string> _output = new Option<string>("--output", "-o")
    {
        Description = "A table for people, or JSON.",
        DefaultValueFactory = _ => OutputFormat.Table,
    }.Among(OutputFormat.Table, OutputFormat.Json);

    public InspectCommand(Surroundings surroundings)
        : base("inspect", "Shows a segment, index, WAL object or manifest, and checks it.", ExamplesText, surroundings)
    {
        Add(_object);
        Add(_batches);
        Add(_records);
        Add(_output);
    }

    protected override bool IsWithoutMetadata(ParseResult parsed) => true;

    protected override async Task<int?> RunWithoutStoresAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(_object)!;
        if (!File.Exists(file))
        {
            return null;
        }

        Show(parsed, new ReadOnlySequence<byte>(await File.ReadAllBytesAsync(file, cancellationToken)));
        return ExitCode.Success;
    }

    protected override async Task<int> RunAsync(ParseResult parsed, ToolStores stores, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var key = parsed.GetValue(_object)!;
        try
        {
            Show(parsed, await WholeObject.ReadAsync(stores.ObjectStore, key, cancellationToken));
            return ExitCode.Success;
        }
        catch (Exception e) when (e is ObjectNotFoundException or ArgumentException)
        {
            return await FailAsync($"kafscale storage inspect failed: There is neither a file nor an object of the name {key}.");
        }
    }

    private void Show(ParseResult parsed, ReadOnlySequence<byte> bytes) => Renderer.Write(
        Surroundings.Output,
        parsed.GetValue(_output)!,
        Surroundings.OutputStyle,
        ObjectInspector.Inspect(parsed.GetValue(_object)!, bytes, parsed.GetValue(_batches), parsed.GetValue(_records)));
}
