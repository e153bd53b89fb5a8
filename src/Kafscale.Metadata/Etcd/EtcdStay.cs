namespace Kafscale.Metadata.Etcd;

/// <summary>The time during which one endpoint is the one that is used.</summary>
/// <param name="endpoint">Which.</param>
/// <param name="leaving">Cancelled at the end. Not disposed, so that whoever is late to ask gets an answer.</param>
internal sealed class EtcdStay(EtcdEndpoint endpoint, CancellationTokenSource leaving)
{
    public EtcdEndpoint Endpoint { get; } = endpoint;

    /// <summary>Cancelled when another endpoint is used instead: what waits for this one moves.</summary>
    public CancellationToken Left => leaving.Token;

    public void End() => leaving.Cancel();
}
