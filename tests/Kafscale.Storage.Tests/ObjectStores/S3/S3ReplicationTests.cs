using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>Two regions, whose buckets are copied from one to the other some time after each put.</summary>
public sealed class S3ReplicationTests
{
    [Fact]
    public async Task What_is_put_into_one_zone_appears_in_the_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await RadosGateway.StartAsync(zones: 2);
        var options = await gateway.CreateBucketAsync();
        using var primary = new S3ObjectStore(options, TimeProvider.System);
        using var replica = new S3ObjectStore(gateway.OptionsOf(options.Bucket, zone: 1), TimeProvider.System);
        await primary.PutAsync("some/object", Bodies.Whole([1, 2, 3]), PutCondition.IfNoneMatch, cancellation);
        var read = new byte[10];
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return await replica.ReadAsync("some/object", 0, read, cancellation) == 3;
                }
                catch (Exception exception) when (exception is ObjectNotFoundException or ObjectStoreException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(60));
        Assert.Equal([1, 2, 3], read[..3]);
    }
}
