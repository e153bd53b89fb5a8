using System.Buffers.Binary;

namespace Kafscale.Fuzzing.Inputs;

/// <summary>Changes inputs in the ways in which formats are got wrong: numbers at their limits, lengths that lie, parts that are missing, doubled or another's.</summary>
/// <param name="random">Decides everything.</param>
internal sealed class Mutator(FuzzRandom random)
{
    private const int MaxChanges = 8;
    private const int MaxRandomBytes = 32;
    private const int LengthFieldTries = 16;

    private static readonly long[] InterestingNumbers =
    [
        0, 1, -1, 2, -2, 3, 7, 8, 16, 61, 100, 127, 128, -128, -129, 255, 256, 1000, 4096, 32767, 32768, -32768, 65535, 65536,
        1_000_000, 1 << 24, int.MaxValue, int.MaxValue - 1, int.MaxValue - 12, int.MinValue, int.MinValue + 1, uint.MaxValue, 1L << 32,
        long.MaxValue, long.MaxValue - 1, long.MinValue, long.MinValue + 1,
    ];

    /// <summary>Changes an input one to eight times, mostly few.</summary>
    /// <param name="input">What is changed.</param>
    /// <param name="fixedLength">So many first bytes stay as they are.</param>
    /// <param name="other">Another input of the same target, to take parts from.</param>
    public void Mutate(InputBuffer input, int fixedLength, ReadOnlySpan<byte> other)
    {
        int changes = 1;
        while (changes < MaxChanges && random.OneIn(2))
        {
            changes++;
        }

        for (int i = 0; i < changes; i++)
        {
            if (input.Length > fixedLength)
            {
                Change(input, fixedLength, other);
            }
        }
    }

    private void Change(InputBuffer input, int fixedLength, ReadOnlySpan<byte> other)
    {
        int position = fixedLength + random.Next(input.Length - fixedLength);
        Span<byte> rest = input.Span[position..];
        switch (random.Next(16))
        {
            case 0 or 1:
                rest[0] ^= (byte)(1 << random.Next(8));
                break;
            case 2 or 3:
                rest[0] = (byte)random.Next();
                break;
            case 4 or 5:
                WriteNumber(rest, random.Pick<long>(InterestingNumbers), 1 << random.Next(4), isBigEndian: !random.OneIn(4));
                break;
            case 6:
                AddToNumber(rest, random.Next(33) - 16, 1 << random.Next(4));
                break;
            case 7:
                ReplaceByVarint(input, position);
                break;
            case 8 or 9:
                ChangeLengthField(input, fixedLength);
                break;
            case 10:
                input.Truncate(position);
                break;
            case 11:
                input.Remove(position, 1 + random.Next(Math.Min(MaxRandomBytes, rest.Length)));
                break;
            case 12:
                Double(input, position);
                break;
            case 13:
                random.Fill(input.Insert(position, 1 + random.Next(MaxRandomBytes)));
                break;
            case 14:
                Splice(input, position, other);
                break;
            default:
                rest[..(1 + random.Next(Math.Min(MaxRandomBytes, rest.Length)))].Fill(random.OneIn(2) ? (byte)0 : (byte)0xFF);
                break;
        }
    }

    private void AddToNumber(Span<byte> at, int difference, int size)
    {
        bool isBigEndian = !random.OneIn(4);
        long number = 0;
        for (int i = 0; i < Math.Min(size, at.Length); i++)
        {
            number |= (long)at[isBigEndian ? Math.Min(size, at.Length) - 1 - i : i] << (8 * i);
        }

        WriteNumber(at, number + difference, size, isBigEndian);
    }

    private static void WriteNumber(Span<byte> at, long number, int size, bool isBigEndian)
    {
        size = Math.Min(size, at.Length);
        for (int i = 0; i < size; i++)
        {
            at[isBigEndian ? size - 1 - i : i] = (byte)(number >> (8 * i));
        }
    }

    private void ReplaceByVarint(InputBuffer input, int position)
    {
        long number = random.OneIn(2) ? random.Pick<long>(InterestingNumbers) : random.Next(256);
        ulong bits = random.OneIn(2) ? (ulong)number : (ulong)((number << 1) ^ (number >> 63));
        Span<byte> varint = stackalloc byte[10];
        int length = 0;
        do
        {
            varint[length++] = (byte)(bits > 0x7F ? bits | 0x80 : bits);
            bits >>= 7;
        }
        while (bits > 0);

        input.Remove(position, 1);
        Span<byte> room = input.Insert(position, length);
        varint[..room.Length].CopyTo(room);
    }

    /// <summary>Looks for what may be the length of what follows, and has it say something else.</summary>
    private void ChangeLengthField(InputBuffer input, int fixedLength)
    {
        for (int i = 0; i < LengthFieldTries; i++)
        {
            int position = fixedLength + random.Next(input.Length - fixedLength);
            Span<byte> rest = input.Span[position..];
            int size = random.Pick<int>([1, 2, 4]);
            if (rest.Length <= size)
            {
                continue;
            }

            int remaining = rest.Length - size;
            int length = size switch
            {
                1 => rest[0],
                2 => BinaryPrimitives.ReadInt16BigEndian(rest),
                _ => BinaryPrimitives.ReadInt32BigEndian(rest),
            };
            if (length > 0 && length <= remaining)
            {
                int other = random.Pick<int>([length - 1, length + 1, remaining, remaining + 1, remaining - 1, 0, -1, -length, int.MaxValue, length * 2]);
                WriteNumber(rest, other, size, isBigEndian: true);
                return;
            }
        }
    }

    private void Double(InputBuffer input, int position)
    {
        int count = 1 + random.Next(Math.Min(256, input.Length - position));
        Span<byte> room = input.Insert(position, count);
        input.Span.Slice(position + room.Length, Math.Min(room.Length, input.Length - position - room.Length)).CopyTo(room);
    }

    private void Splice(InputBuffer input, int position, ReadOnlySpan<byte> other)
    {
        if (other.IsEmpty)
        {
            return;
        }

        // At the same place in half of the cases: there another input of the format has the same fields.
        int from = random.OneIn(2) ? Math.Min(position, other.Length - 1) : random.Next(other.Length);
        if (random.OneIn(2))
        {
            input.Truncate(position);
            ReadOnlySpan<byte> tail = other[from..];
            Span<byte> room = input.Insert(position, tail.Length);
            tail[..room.Length].CopyTo(room);
        }
        else
        {
            int count = Math.Min(1 + random.Next(64), Math.Min(other.Length - from, input.Length - position));
            other.Slice(from, count).CopyTo(input.Span[position..]);
        }
    }
}
