using System.Runtime.InteropServices;
using Kafscale.Metadata.Revisions;
using Kafscale.Protocol.Records;

namespace Kafscale.Metadata.Sqlite;

/// <summary>What a database was when its last acknowledged transaction was on the disk: its revision and a checksum of all that it holds.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Checksum">The sum over the entries, so that a change of one of them changes it without a look at the others.</param>
internal readonly record struct AcknowledgedState(long Revision, ulong Checksum)
{
    /// <summary>The state of a key space.</summary>
    public static AcknowledgedState Of(KeySpace keySpace)
    {
        ulong checksum = 0;
        foreach (var entry in keySpace.Entries)
        {
            checksum += ChecksumOf(entry);
        }

        return new(keySpace.Revision, checksum);
    }

    /// <summary>The state after a step, before which the keys were those of another key space.</summary>
    public AcknowledgedState After(KeySpace before, KeySpaceStep step)
    {
        var checksum = Checksum;
        foreach (var key in step.Changes.Select(change => change.Key).Distinct(StringComparer.Ordinal))
        {
            checksum -= ChecksumIn(before, key);
            checksum += ChecksumIn(step.Next, key);
        }

        return new(step.Next.Revision, checksum);
    }

    private static ulong ChecksumIn(KeySpace keySpace, string key) =>
        keySpace.Find(key) is { } entry ? ChecksumOf(entry) : 0;

    private static ulong ChecksumOf(MetadataEntry entry)
    {
        var key = Crc32C.Compute(MemoryMarshal.AsBytes(entry.Key.AsSpan()));
        var contents = ((ulong)key << 32) | Crc32C.Compute(entry.Value.Span);
        return Mix(contents ^ Mix((ulong)entry.CreateRevision ^ Mix((ulong)entry.ModRevision ^ Mix((ulong)entry.LeaseId))));
    }

    // The finisher of SplitMix64: a sum of what comes out of it says more than one of what goes in.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
