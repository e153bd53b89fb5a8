using Kafscale.Metadata.Etcd;
using Kafscale.Metadata.Tests.Contract;
using Kafscale.Testing.Etcd;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>The contract against real etcd, which all tests of a class share.</summary>
public abstract class EtcdStoreContract(EtcdStoreContract.Server server) : MetadataStoreContract
{
    // Each of a history's steps is a round trip to etcd, and its watch starts with a tenth of a second of etcd's own.
    protected override int ModelIterations => 15;

    protected override async ValueTask<IMetadataStore> OpenStoreAsync() => await EtcdMetadataStore.ConnectAsync(
        new EtcdOptions { Endpoints = server.Cluster.Endpoints }, TimeProvider.System, new Random(1), Token);

    protected override async ValueTask PassTimeAsync(TimeSpan time) => await Task.Delay(time, Token);

    /// <summary>The etcd of a class of tests.</summary>
    public abstract class Server(int members) : IAsyncLifetime
    {
        public EtcdCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await EtcdCluster.StartAsync(new EtcdClusterOptions { Members = members });

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            GC.SuppressFinalize(this);
        }
    }
}
