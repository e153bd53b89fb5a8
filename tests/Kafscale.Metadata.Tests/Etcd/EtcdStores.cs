using System.Text;
using Kafscale.Metadata.Etcd;
using Kafscale.Testing.Etcd;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>What tests do with stores again and again.</summary>
internal static class EtcdStores
{
    public static EtcdOptions Options(this EtcdCluster cluster) => new()
    {
        Endpoints = cluster.Endpoints,
        CaFile = cluster.Certificates?.CaFile,
        CertificateFile = cluster.Certificates?.ClientCertificateFile,
        KeyFile = cluster.Certificates?.ClientKeyFile,
    };

    /// <summary>Opens a store that uses the first endpoint first.</summary>
    public static Task<EtcdMetadataStore> ConnectAsync(this EtcdOptions options, CancellationToken cancellationToken) =>
        EtcdMetadataStore.ConnectAsync(options, TimeProvider.System, new FirstOfAll(), cancellationToken);

    /// <summary>Puts one key.</summary>
    /// <returns>The revision.</returns>
    public static async Task<long> PutAsync(this IMetadataStore store, string key, string value, CancellationToken cancellationToken) =>
        (await store.CommitAsync(new() { Then = [new Operation.Put(key, Encoding.UTF8.GetBytes(value))] }, cancellationToken)).Revision;

    /// <summary>Puts one key, again and again while the store is not available.</summary>
    public static async Task<long> PutInTheEndAsync(this IMetadataStore store, string key, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await store.PutAsync(key, "", cancellationToken);
            }
            catch (MetadataUnavailableException)
            {
                await Task.Yield();
            }
        }
    }

    public static async Task<long> RevisionAsync(this IMetadataStore store, CancellationToken cancellationToken) =>
        (await store.RangeAsync(KeyRange.Key("none"), 1, 0, cancellationToken)).Revision;

    private sealed class FirstOfAll : Random
    {
        public override int Next(int maxValue) => 0;
    }
}
