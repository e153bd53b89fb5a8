namespace Kafscale.Metadata.Cluster;

/// <summary>Metadata that were read refer to something that has been removed since: they must be read anew.</summary>
public sealed class MetadataOutdatedException(string message, Exception innerException) : Exception(message, innerException);
