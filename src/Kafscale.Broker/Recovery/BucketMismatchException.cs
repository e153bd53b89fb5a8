namespace Kafscale.Broker.Recovery;

/// <summary>The metadata store and the bucket do not belong together: to go on would destroy records.</summary>
public sealed class BucketMismatchException(string message) : Exception(message);
