namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>A bucket cannot hold a cluster's records. The message names it, says why, and what to do.</summary>
public sealed class S3StartupException(string message, Exception? innerException = null) : Exception(message, innerException);
