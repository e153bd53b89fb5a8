namespace Kafscale.Metadata;

/// <summary>One step of a transaction.</summary>
public abstract record Operation
{
    private Operation()
    {
    }

    /// <summary>Sets a key.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Value">Its bytes; not copied, so not changed by the caller afterwards.</param>
    /// <param name="LeaseId">The lease that it lives with, or 0.</param>
    public sealed record Put(string Key, ReadOnlyMemory<byte> Value, long LeaseId = 0) : Operation;

    /// <summary>Deletes every key of a range; none at all is fine.</summary>
    public sealed record Delete(KeyRange Range) : Operation;

    /// <summary>Reads a range as it is at this point of the transaction.</summary>
    /// <param name="Range">What to read.</param>
    /// <param name="Limit">At most this many keys, 0 for all.</param>
    public sealed record Get(KeyRange Range, int Limit = 0) : Operation;
}
