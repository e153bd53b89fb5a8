using System.Buffers;
using Kafscale.Fuzzing.Inputs;
using Kafscale.Storage;

namespace Kafscale.Fuzzing.Targets.Files;

/// <summary>A format of the object store.</summary>
/// <param name="name">What it is called.</param>
internal abstract class FileTarget(string name) : FuzzTarget
{
    protected const string Key = "fuzz";

    public override string Name => name;

    public override bool IsRefusal(Exception exception) => exception is CorruptObjectException or UnsupportedVersionException;

    public override object? Read(ReadOnlyMemory<byte> input) => Read(SplitInput.Of(input));

    protected abstract object Read(in ReadOnlySequence<byte> bytes);
}
