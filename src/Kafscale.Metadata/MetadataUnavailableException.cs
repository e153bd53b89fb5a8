namespace Kafscale.Metadata;

/// <summary>The metadata store did not answer; whether the call took effect is unknown.</summary>
public sealed class MetadataUnavailableException(string message, Exception? innerException = null)
    : Exception(message, innerException);
