namespace Kafscale.Metadata.Etcd;

/// <summary>etcd's answer to a request is an error whose meaning depends on the request.</summary>
internal sealed class EtcdRequestException(EtcdError error, Exception innerException) : Exception($"etcd answered: {error}.", innerException)
{
    public EtcdError Error { get; } = error;
}
