using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Broker.Configuration;

/// <summary>Where in S3 a cluster keeps its records.</summary>
/// <param name="Bucket">The bucket, and how to reach it.</param>
/// <param name="Namespace">What the keys of all objects begin with.</param>
/// <param name="Concurrency">Requests at a time, of all kinds together.</param>
/// <param name="Prices">What requests cost.</param>
public sealed record S3Configuration(S3Options Bucket, string Namespace, int Concurrency, ObjectStorePrices Prices)
{
    /// <summary>A replica of the bucket to read from; null where there is none.</summary>
    public S3Options? Replica { get; init; }
}
