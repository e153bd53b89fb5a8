namespace Kafscale.Metadata.Etcd;

/// <summary>etcd cannot be used as it was configured; the message says why and what to do.</summary>
public sealed class EtcdStartException(string message, Exception? innerException = null) : Exception(message, innerException);
