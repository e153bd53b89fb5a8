namespace Kafscale.Operator.Etcd;

/// <summary>What a look at a bucket has shown.</summary>
/// <param name="Trouble">Why it cannot be used, for a person; null where it can.</param>
/// <param name="TroubleReason">The same in a word: <c>BucketMissing</c>, <c>CredentialsRefused</c> or <c>BucketUnavailable</c>.</param>
/// <param name="HoldsCluster">Whether a cluster has marked it as its own; null where that is not known.</param>
internal sealed record BucketLook(string? Trouble, string? TroubleReason, bool? HoldsCluster);
