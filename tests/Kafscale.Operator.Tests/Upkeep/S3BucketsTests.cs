using Amazon.S3;
using Amazon.S3.Model;
using Kafscale.Operator.Etcd;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

[assembly: AssemblyFixture(typeof(SharedRadosGateway))]

namespace Kafscale.Operator.Tests.Upkeep;

/// <summary>What the operator does with buckets, on a real S3 server.</summary>
public sealed class S3BucketsTests(SharedRadosGateway shared)
{
    private const string Folder = "etcd-snapshots/shop/orders/";

    private readonly S3Buckets _buckets = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_snapshot_is_published_with_its_checksum_and_old_ones_of_this_cluster_alone_are_removed()
    {
        var gateway = await shared.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        using var client = gateway.CreateClient();
        string[] others =
        [
            "etcd-snapshots/shop/orders-eu/20200101T000000Z.db", "etcd-snapshots/shop/orders/by-hand.db", "etcd-snapshots/shop/orders/20200101T000000Z.db.copy",
            "shop/orders/20200101T000000Z.db",
        ];
        foreach (var key in others)
        {
            await client.PutObjectAsync(new PutObjectRequest { BucketName = bucket.Bucket, Key = key, ContentBody = "x", UseChunkEncoding = false }, Token);
        }

        var published = new List<string>();
        for (var hour = 1; hour <= 5; hour++)
        {
            published.Add(SnapshotKeys.Of(Folder, new DateTimeOffset(2026, 5, 1, hour, 0, 0, TimeSpan.Zero)));
            await PublishAsync(bucket, published[^1]);
        }

        Assert.Equal(6, await _buckets.RemoveOldAsync(bucket, Folder, published[^1], keep: 2, Token));
        Assert.Equal(0, await _buckets.RemoveOldAsync(bucket, Folder, published[^1], keep: 2, Token));

        Assert.Equal(
            others.Concat(published[3..].SelectMany(key => (string[])[key, key + ".sha256"])).Order(StringComparer.Ordinal),
            await ListAsync(client, bucket.Bucket));
    }

    [Fact]
    public async Task More_old_snapshots_than_one_request_can_remove_go_too()
    {
        var gateway = await shared.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        using var client = gateway.CreateClient();
        var start = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
        var keys = Enumerable.Range(0, 520).Select(hour => SnapshotKeys.Of(Folder, start.AddHours(hour))).SelectMany(key => (string[])[key, key + ".sha256"]).ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (key, token) =>
            await client.PutObjectAsync(new PutObjectRequest { BucketName = bucket.Bucket, Key = key, ContentBody = "x", UseChunkEncoding = false }, token));

        Assert.Equal(1038, await _buckets.RemoveOldAsync(bucket, Folder, keys[^2], keep: 1, Token));

        Assert.Equal(keys[^2..], await ListAsync(client, bucket.Bucket));
    }

    [Fact]
    public async Task Who_may_not_remove_is_told_so()
    {
        var gateway = await shared.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        var stranger = bucket with { Credentials = await gateway.CreateUserAsync() };

        var exception = await Assert.ThrowsAsync<IOException>(() => _buckets.RemoveOldAsync(stranger, Folder, Folder, keep: 1, Token));

        Assert.Contains(Folder, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_bucket_is_made_where_that_is_wanted_and_made_once()
    {
        var gateway = await shared.GetAsync();
        var bucket = gateway.OptionsOf("made-by-the-operator");
        Assert.Contains("made-by-the-operator", await _buckets.PrepareAsync(bucket, new SnapshotSettings(), Token), StringComparison.Ordinal);

        Assert.Null(await _buckets.PrepareAsync(bucket, new SnapshotSettings { CreateBucket = true }, Token));
        Assert.Null(await _buckets.PrepareAsync(bucket, new SnapshotSettings { CreateBucket = true }, Token));

        using var client = gateway.CreateClient();
        Assert.Equal(["etcd-snapshots/preflight"], await ListAsync(client, bucket.Bucket));
    }

    [Fact]
    public async Task A_bucket_of_somebody_else_is_not_taken_for_one_that_was_made()
    {
        var gateway = await shared.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        var stranger = bucket with { Credentials = await gateway.CreateUserAsync() };

        var trouble = await _buckets.PrepareAsync(stranger, new SnapshotSettings { CreateBucket = true }, Token);

        Assert.Contains(bucket.Bucket, trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_is_protected_so_that_old_versions_stay_and_nobody_else_reads_it_and_a_store_that_refuses_all_objects_then_is_told_of()
    {
        var gateway = await shared.GetAsync();
        var bucket = await gateway.CreateBucketAsync();

        var trouble = await _buckets.PrepareAsync(bucket, new SnapshotSettings { ProtectBucket = true }, Token);
        Assert.Null(await _buckets.PrepareAsync(bucket, new SnapshotSettings { ProtectBucket = true, SkipPreflight = true }, Token));
        Assert.Contains("Some stores refuse all objects in a bucket whose public access is blocked", trouble, StringComparison.Ordinal);

        using var client = gateway.CreateClient();
        Assert.Equal(VersionStatus.Enabled, (await client.GetBucketVersioningAsync(bucket.Bucket, Token)).VersioningConfig.Status);
        var refused = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.PutBucketAclAsync(new PutBucketAclRequest { BucketName = bucket.Bucket, ACL = S3CannedACL.PublicRead }, Token));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private async Task PublishAsync(S3Options bucket, string key)
    {
        using var folder = new TemporaryFolder();
        await using var file = new FileStream(folder.File("snapshot"), FileMode.Create, FileAccess.ReadWrite);
        await file.WriteAsync("database"u8.ToArray(), Token);
        file.Position = 0;
        await _buckets.PublishAsync(bucket, key, file, "0123", Token);
    }

    private static async Task<IEnumerable<string>> ListAsync(AmazonS3Client client, string bucket)
    {
        var keys = new List<string>();
        string? next = null;
        do
        {
            var page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, ContinuationToken = next }, Token);
            keys.AddRange((page.S3Objects ?? []).Select(found => found.Key));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
        return keys;
    }
}
