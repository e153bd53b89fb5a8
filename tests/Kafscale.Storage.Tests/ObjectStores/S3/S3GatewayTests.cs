using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing.Rados;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>What a real server does where something is wrong with the bucket or with whoever asks.</summary>
public sealed class S3GatewayTests(SharedRadosGateway shared)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_bucket_is_never_a_missing_object()
    {
        var gateway = await shared.GetAsync();
        using var store = new S3ObjectStore(gateway.OptionsOf("no-such-bucket"), TimeProvider.System);
        await AssertFailsAsync(store, ObjectStoreFailure.Rejected, "NoSuchBucket");
    }

    [Fact]
    public async Task An_unknown_access_key_is_denied() =>
        await AssertDeniedAsync(new S3Credentials("unknown", "secret"), "InvalidAccessKeyId");

    [Fact]
    public async Task A_wrong_secret_key_is_denied()
    {
        var gateway = await shared.GetAsync();
        await AssertDeniedAsync(gateway.Credentials with { SecretKey = "wrong" }, "SignatureDoesNotMatch");
    }

    [Fact]
    public async Task A_body_of_many_mebibytes_arrives_whole()
    {
        var gateway = await shared.GetAsync();
        using var store = new S3ObjectStore(await gateway.CreateBucketAsync(), TimeProvider.System);
        var body = Bodies.Random(20 << 20);
        await store.PutAsync("large", Bodies.InSegments(body, 100_000), PutCondition.IfNoneMatch, Cancellation);
        var read = new byte[body.Length];
        Assert.Equal(body.Length, await store.ReadAsync("large", 0, read, Cancellation));
        Assert.Equal(body, read);
    }

    private async Task AssertDeniedAsync(S3Credentials credentials, string code)
    {
        var gateway = await shared.GetAsync();
        using var store = new S3ObjectStore(await gateway.CreateBucketAsync() with { Credentials = credentials }, TimeProvider.System);
        await AssertFailsAsync(store, ObjectStoreFailure.Denied, code);
    }

    private static async Task AssertFailsAsync(S3ObjectStore store, ObjectStoreFailure failure, string code)
    {
        await AssertFailsAsync(store.PutAsync("key", Bodies.Whole([1]), PutCondition.IfNoneMatch, Cancellation).AsTask(), failure, code);
        await AssertFailsAsync(store.ReadAsync("key", 0, new byte[1], Cancellation).AsTask(), failure, code);
        await AssertFailsAsync(store.ReadAsync("key", 0, Memory<byte>.Empty, Cancellation).AsTask(), failure, "");
        await AssertFailsAsync(store.HeadAsync("key", Cancellation).AsTask(), failure, "");
        await AssertFailsAsync(store.ListAsync("", null, Cancellation).ToListAsync(Cancellation).AsTask(), failure, code);
        await AssertFailsAsync(store.DeleteAsync(["key"], Cancellation).AsTask(), failure, code);
    }

    private static async Task AssertFailsAsync(Task operation, ObjectStoreFailure failure, string code)
    {
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(() => operation);
        Assert.Equal(failure, exception.Failure);
        Assert.True(exception.Message.Contains(code, StringComparison.Ordinal), exception.ToString());
    }
}
