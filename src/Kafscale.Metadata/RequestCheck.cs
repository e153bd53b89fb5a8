using System.Text;

namespace Kafscale.Metadata;

/// <summary>
/// Checks requests before anything of them is applied. Every store uses it, so that what one accepts all accept.
/// </summary>
internal static class RequestCheck
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks a transaction against <see cref="MetadataLimits"/> and etcd's rule that a branch changes a key once.</summary>
    /// <returns>The sum of its keys and values in bytes.</returns>
    /// <exception cref="ArgumentException">It breaks a limit or a rule.</exception>
    public static int Transaction(MetadataTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        Count(transaction.Comparisons.Count, "comparisons");
        Count(transaction.Then.Count, "operations");
        Count(transaction.Else.Count, "operations");

        long bytes = 0;
        foreach (var comparison in transaction.Comparisons)
        {
            bytes += Key(comparison.Key) + Value(comparison.Value);
        }

        bytes += Branch(transaction.Then) + Branch(transaction.Else);
        if (bytes > MetadataLimits.TransactionBytes)
        {
            throw new ArgumentException(
                $"A transaction holds {bytes:N0} bytes of keys and values, more than {MetadataLimits.TransactionBytes:N0}.");
        }

        return (int)bytes;
    }

    /// <summary>Checks the bounds of a range.</summary>
    /// <returns>Their size in bytes.</returns>
    public static int Range(KeyRange range, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        if (range.End is null)
        {
            return Key(range.Start);
        }

        return Encodable(range.Start) + Encodable(range.End);
    }

    /// <summary>Checks what a watch asks for.</summary>
    public static void Watch(string prefix, long fromRevision)
    {
        Encodable(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromRevision, 1);
    }

    /// <summary>Checks a lease's time to live: whole seconds within the limits.</summary>
    public static void TimeToLive(TimeSpan timeToLive)
    {
        if (timeToLive < MetadataLimits.ShortestLease || timeToLive > MetadataLimits.LongestLease
            || timeToLive.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeToLive), timeToLive, "A lease lives for whole seconds, from 1 second to 1 hour.");
        }
    }

    private static long Branch(IReadOnlyList<Operation> operations)
    {
        long bytes = 0;
        HashSet<string>? puts = null;
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Operation.Put put:
                    bytes += Key(put.Key) + Value(put.Value);
                    if (!(puts ??= new(StringComparer.Ordinal)).Add(put.Key))
                    {
                        throw DuplicateKey(put.Key);
                    }

                    break;
                case Operation.Delete delete:
                    bytes += Range(delete.Range, 0);
                    break;
                case Operation.Get get:
                    bytes += Range(get.Range, get.Limit);
                    break;
                default:
                    throw new ArgumentException("A transaction holds an operation that is null.");
            }
        }

        if (puts is not null)
        {
            RefusePutsThatAreDeletedToo(operations, puts);
        }

        return bytes;
    }

    private static void RefusePutsThatAreDeletedToo(IReadOnlyList<Operation> operations, HashSet<string> puts)
    {
        foreach (var operation in operations)
        {
            if (operation is not Operation.Delete { Range: var range })
            {
                continue;
            }

            foreach (var key in puts)
            {
                if (range.Contains(key))
                {
                    throw DuplicateKey(key);
                }
            }
        }
    }

    private static ArgumentException DuplicateKey(string key) => new($"duplicate key given in txn request: '{key}' is changed twice.");

    private static void Count(int count, string what)
    {
        if (count > MetadataLimits.OperationsPerTransaction)
        {
            throw new ArgumentException(
                $"A transaction has {count} {what} in one list, more than {MetadataLimits.OperationsPerTransaction}.");
        }
    }

    private static int Key(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Encodable(key);
    }

    private static int Encodable(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int bytes;
        try
        {
            bytes = StrictUtf8.GetByteCount(key);
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException("A key holds half of a surrogate pair and has no UTF-8 form.", exception);
        }

        return bytes <= MetadataLimits.KeyBytes
            ? bytes
            : throw new ArgumentException($"A key of {bytes:N0} bytes is longer than {MetadataLimits.KeyBytes:N0}: '{key[..64]}...'.");
    }

    private static int Value(ReadOnlyMemory<byte> value) =>
        value.Length <= MetadataLimits.ValueBytes
            ? value.Length
            : throw new ArgumentException($"A value of {value.Length:N0} bytes is larger than {MetadataLimits.ValueBytes:N0}.");
}
