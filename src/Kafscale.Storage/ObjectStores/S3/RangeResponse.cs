using System.Globalization;
using System.Net;
using Amazon.S3.Model;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Checks that the answer to a range read is the range that was asked for, up to the end of the object.</summary>
internal static class RangeResponse
{
    /// <summary>The bytes to read from the answer.</summary>
    /// <exception cref="ObjectStoreException">It is another range, or the whole object.</exception>
    public static int LengthOf(GetObjectResponse response, long offset, int requested)
    {
        if (response.HttpStatusCode != HttpStatusCode.PartialContent || !TryParse(response.ContentRange, out var start, out var end, out var total))
        {
            throw new ObjectStoreException(
                ObjectStoreFailure.Rejected, $"the store ignores ranges; it answered {(int)response.HttpStatusCode} with Content-Range '{response.ContentRange}'.");
        }

        var expected = Math.Min(requested, total - offset);
        if (start != offset || end - start + 1 != expected || response.ContentLength != expected)
        {
            throw new ObjectStoreException(
                ObjectStoreFailure.Unavailable,
                $"asked for {requested} bytes from {offset} on, the store answered with {response.ContentLength} as '{response.ContentRange}'.");
        }

        return (int)expected;
    }

    // bytes 0-9/100
    private static bool TryParse(string? text, out long start, out long end, out long total)
    {
        (start, end, total) = (0, 0, 0);
        const string Unit = "bytes ";
        if (text is null || !text.StartsWith(Unit, StringComparison.Ordinal))
            return false;
        var rest = text.AsSpan(Unit.Length);
        var dash = rest.IndexOf('-');
        var slash = rest.IndexOf('/');
        return dash > 0
            && slash > dash
            && TryParseNumber(rest[..dash], out start)
            && TryParseNumber(rest[(dash + 1)..slash], out end)
            && TryParseNumber(rest[(slash + 1)..], out total);
    }

    private static bool TryParseNumber(ReadOnlySpan<char> digits, out long number) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
