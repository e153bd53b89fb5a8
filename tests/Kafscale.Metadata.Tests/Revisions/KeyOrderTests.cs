using System.Text;
using CsCheck;
using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata.Tests.Revisions;

public sealed class KeyOrderTests
{
    // Few code points, around the places where UTF-16 and UTF-8 disagree, so that common prefixes are common.
    private static readonly int[] CodePoints =
        [0x00, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10001, 0x10ffff];

    private static readonly Gen<string> Keys =
        Gen.Int[0, CodePoints.Length - 1].Array[0, 4].Select(
            indexes => string.Concat(indexes.Select(index => char.ConvertFromUtf32(CodePoints[index]))));

    [Fact]
    public void Keys_are_ordered_as_their_utf8_bytes_are() =>
        Gen.Select(Keys, Keys).Sample((x, y) =>
            Math.Sign(KeyOrder.Compare(x, y)) == Math.Sign(Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y))));

    [Fact]
    public void A_range_contains_a_key_where_its_bytes_lie_between() =>
        Gen.Select(Keys, Keys, Keys).Sample((start, end, key) =>
        {
            var (startBytes, endBytes, keyBytes) = (Encoding.UTF8.GetBytes(start), Encoding.UTF8.GetBytes(end), Encoding.UTF8.GetBytes(key));
            return new KeyRange(start, end).Contains(key)
                == (keyBytes.AsSpan().SequenceCompareTo(startBytes) >= 0
                    && (end.Length == 0 || keyBytes.AsSpan().SequenceCompareTo(endBytes) < 0));
        });
}
