namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>What requests cost, in dollars.</summary>
/// <remarks>
/// The defaults are the list prices of Amazon S3 Standard in us-east-1. Deleting is free there, and so is what leaves a bucket for
/// its own region; the transfer to another region is 0.02 dollars per GiB, and to the internet 0.09.
/// Storage is not part of it.
/// </remarks>
public sealed record ObjectStorePrices
{
    private const double BytesPerGiB = 1L << 30;

    /// <summary>What a store of one's own takes: nothing.</summary>
    public static ObjectStorePrices Free { get; } = new() { PutPer1000 = 0, GetPer1000 = 0, ReadPerGiB = 0 };

    /// <summary>1,000 of PUT, COPY, POST and LIST.</summary>
    public double PutPer1000 { get; init; } = 0.005;

    /// <summary>1,000 of GET and HEAD.</summary>
    public double GetPer1000 { get; init; } = 0.0004;

    /// <summary>A GiB (2^30 bytes) that is read.</summary>
    public double ReadPerGiB { get; init; }

    /// <summary>The price of one operation.</summary>
    /// <remarks>
    /// Amazon bills what it answers with success or an error of the client, and not its own errors and throttling. What was given up or
    /// got no answer in time may have been either, and counts.
    /// </remarks>
    public double DollarsFor(in CompletedOperation operation)
    {
        if (operation.Outcome is ObjectStoreOutcome.Throttled or ObjectStoreOutcome.Unavailable)
            return 0;
        return operation.Operation switch
        {
            ObjectStoreOperation.Put or ObjectStoreOperation.List => PutPer1000 / 1000,
            ObjectStoreOperation.Get => (GetPer1000 / 1000) + (operation.Bytes * ReadPerGiB / BytesPerGiB),
            ObjectStoreOperation.Head => GetPer1000 / 1000,
            _ => 0,
        };
    }
}
