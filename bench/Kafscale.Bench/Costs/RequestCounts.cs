namespace Kafscale.Bench.Costs;

/// <summary>How many requests an object store was sent, by what they are billed as.</summary>
/// <param name="WalPuts">PUTs of WAL objects.</param>
/// <param name="MergedPuts">PUTs of segments, indexes and manifests.</param>
/// <param name="Gets">GETs.</param>
/// <param name="Heads">HEADs, which cost what GETs cost.</param>
/// <param name="Lists">Pages of listings, which cost what PUTs cost.</param>
/// <param name="Deletes">DELETEs of up to 1,000 objects each, which are free.</param>
/// <param name="ReadBytes">Bytes that GETs returned.</param>
internal readonly record struct RequestCounts(
    long WalPuts, long MergedPuts, long Gets, long Heads, long Lists, long Deletes, long ReadBytes)
{
    // Amazon S3 Standard, us-east-1, in dollars; also the default of the broker's price list.
    private const double DollarsPerPut = 0.005 / 1_000;
    private const double DollarsPerGet = 0.0004 / 1_000;

    public long Puts => WalPuts + MergedPuts;

    public double Dollars => ((Puts + Lists) * DollarsPerPut) + ((Gets + Heads) * DollarsPerGet);

    public static RequestCounts operator +(RequestCounts one, RequestCounts other) => one - (default(RequestCounts) - other);

    public static RequestCounts operator -(RequestCounts after, RequestCounts before) => new(
        after.WalPuts - before.WalPuts,
        after.MergedPuts - before.MergedPuts,
        after.Gets - before.Gets,
        after.Heads - before.Heads,
        after.Lists - before.Lists,
        after.Deletes - before.Deletes,
        after.ReadBytes - before.ReadBytes);
}
