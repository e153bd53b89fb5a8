namespace Kafscale.Fuzzing.Targets;

/// <summary>
/// Something that reads bytes that nobody vouches for. Its inputs are either read, or refused in the way that its documentation
/// says; what is read can be written, and read again as the same.
/// </summary>
internal abstract class FuzzTarget
{
    private readonly Lazy<IReadOnlyList<byte[]>> _examples;

    protected FuzzTarget() => _examples = new(() => [.. CreateExamples(new Random(1))]);

    public abstract string Name { get; }

    /// <summary>Valid inputs, at least one, and the same in every process.</summary>
    public IReadOnlyList<byte[]> Examples => _examples.Value;

    /// <summary>How many bytes of an input are not the format's, but say which format of several it is.</summary>
    public virtual int PrefixLength => 0;

    /// <summary>Whether an example is written as the same bytes.</summary>
    public virtual bool WritesExamplesBack => true;

    /// <summary>The most that reading an input of a length may allocate.</summary>
    public virtual long MaxAllocatedBytes(int inputLength) => (64 * 1024) + (256L * inputLength);

    /// <summary>Makes checksums right, as far as they can be found, so that what is behind them is read.</summary>
    public virtual void RepairChecksums(Span<byte> input)
    {
    }

    /// <summary>Reads an input; null where it is refused by something other than an exception.</summary>
    public abstract object? Read(ReadOnlyMemory<byte> input);

    /// <summary>Whether reading may end in this exception.</summary>
    public virtual bool IsRefusal(Exception exception) => false;

    /// <summary>Writes what was read; null where there is nothing that writes it.</summary>
    /// <exception cref="WrongResultException">Something about what was read cannot be true.</exception>
    public virtual byte[]? Write(object read) => null;

    protected abstract IEnumerable<byte[]> CreateExamples(Random random);
}
