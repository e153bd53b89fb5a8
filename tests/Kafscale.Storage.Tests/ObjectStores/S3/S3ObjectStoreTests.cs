using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing.Rados;

[assembly: AssemblyFixture(typeof(SharedRadosGateway))]

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>The contract, on a real S3 server.</summary>
public sealed class S3ObjectStoreTests(SharedRadosGateway shared) : ObjectStoreContract
{
    private S3ObjectStore? _store;

    protected override async ValueTask<IObjectStore> OpenAsync()
    {
        var gateway = await shared.GetAsync();
        return _store = new S3ObjectStore(await gateway.CreateBucketAsync(), TimeProvider.System);
    }

    protected override ValueTask CloseAsync()
    {
        _store?.Dispose();
        return ValueTask.CompletedTask;
    }
}
