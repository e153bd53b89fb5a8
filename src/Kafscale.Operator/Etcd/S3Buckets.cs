using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using S3Permission = Kafscale.Storage.ObjectStores.S3.S3Permission;

namespace Kafscale.Operator.Etcd;

/// <summary>Real buckets.</summary>
internal sealed class S3Buckets(TimeProvider timeProvider) : IBuckets
{
    private const string ProbeName = "preflight";
    private const int MaxKeysPerDeletion = 1000;

    // Ceph 16 takes every object for one with a public ACL.
    private const string ProtectionAdvice = "Some stores refuse all objects in a bucket whose public access is blocked: there, take the block away and do not have the bucket protected.";

    public async Task<BucketLook> LookAsync(S3Options bucket, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            using var store = new S3ObjectStore(bucket, timeProvider);
            await foreach (var found in store.ListAsync(new ObjectKeys(prefix).MarkPrefix, null, cancellationToken))
            {
                return new BucketLook(null, null, HoldsCluster: true);
            }

            return new BucketLook(null, null, HoldsCluster: false);
        }
        catch (ObjectStoreException e)
        {
            var reason = CodeOf(e) == "NoSuchBucket" ? "BucketMissing" : e.Failure == ObjectStoreFailure.Denied ? "CredentialsRefused" : "BucketUnavailable";
            return new BucketLook(new S3StartupAdvice(bucket).Failed(S3Permission.List, e).Message, reason, null);
        }
    }

    public async Task<string?> PrepareAsync(S3Options bucket, SnapshotSettings settings, CancellationToken cancellationToken)
    {
        using var client = S3Client.Create(bucket);
        try
        {
            if (settings.CreateBucket)
            {
                await CreateAsync(client, bucket, cancellationToken);
            }

            if (settings.ProtectBucket)
            {
                await ProtectAsync(client, bucket, cancellationToken);
            }
        }
        catch (Exception e) when (IsOfStore(e, cancellationToken))
        {
            return $"{bucket} could not be made or protected: {e.Message}";
        }

        if (settings.SkipPreflight)
        {
            return null;
        }

        try
        {
            using var store = new S3ObjectStore(bucket, timeProvider);
            await store.PutAsync($"{settings.Prefix}/{ProbeName}", new("ok"u8.ToArray()), PutCondition.None, cancellationToken);
            return null;
        }
        catch (ObjectStoreException e)
        {
            var advice = new S3StartupAdvice(bucket).Failed(S3Permission.Put, e).Message;
            return settings.ProtectBucket && e.Failure == ObjectStoreFailure.Denied ? $"{advice} {ProtectionAdvice}" : advice;
        }
    }

    public async Task PublishAsync(S3Options bucket, string key, FileStream snapshot, string sha256, CancellationToken cancellationToken)
    {
        using var client = S3Client.Create(bucket);
        try
        {
            using var transfer = new TransferUtility(client);
            var request = new TransferUtilityUploadRequest { BucketName = bucket.Bucket, Key = key, InputStream = snapshot, AutoCloseStream = false };
            if (bucket.KmsKeyArn is { } kmsKey)
            {
                request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS;
                request.ServerSideEncryptionKeyManagementServiceKeyId = kmsKey;
            }

            await transfer.UploadAsync(request, cancellationToken);
            // As sha256sum -c reads it. What has no checksum is not complete.
            await client.PutObjectAsync(
                new PutObjectRequest { BucketName = bucket.Bucket, Key = key + SnapshotKeys.ChecksumSuffix, ContentBody = $"{sha256}  {key[(key.LastIndexOf('/') + 1)..]}\n", UseChunkEncoding = false },
                cancellationToken);
        }
        catch (Exception e) when (IsOfStore(e, cancellationToken))
        {
            throw new IOException($"{key} could not be written to {bucket}: {e.Message}", e);
        }
    }

    public async Task<int> RemoveOldAsync(S3Options bucket, string folder, string newest, int keep, CancellationToken cancellationToken)
    {
        try
        {
            using var store = new S3ObjectStore(bucket, timeProvider);
            var keys = new List<string>();
            await foreach (var found in store.ListAsync(folder, null, cancellationToken))
            {
                keys.Add(found.Key);
            }

            var old = SnapshotKeys.FindOld(folder, keys, newest, keep);
            foreach (var part in old.Chunk(MaxKeysPerDeletion))
            {
                await store.DeleteAsync(part, cancellationToken);
            }

            return old.Count;
        }
        catch (ObjectStoreException e)
        {
            throw new IOException($"Old snapshots below {folder} could not be removed from {bucket}: {e.Message}", e);
        }
    }

    private static async Task CreateAsync(AmazonS3Client client, S3Options bucket, CancellationToken cancellationToken)
    {
        try
        {
            await client.PutBucketAsync(new PutBucketRequest { BucketName = bucket.Bucket, UseClientRegion = bucket.Endpoint is null }, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "BucketAlreadyOwnedByYou" or "BucketAlreadyExists" || e.StatusCode == HttpStatusCode.Conflict)
        {
        }
    }

    private static async Task ProtectAsync(AmazonS3Client client, S3Options bucket, CancellationToken cancellationToken)
    {
        await client.PutBucketVersioningAsync(
            new PutBucketVersioningRequest { BucketName = bucket.Bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } }, cancellationToken);
        await client.PutPublicAccessBlockAsync(
            new PutPublicAccessBlockRequest
            {
                BucketName = bucket.Bucket,
                PublicAccessBlockConfiguration = new PublicAccessBlockConfiguration
                {
                    BlockPublicAcls = true,
                    BlockPublicPolicy = true,
                    IgnorePublicAcls = true,
                    RestrictPublicBuckets = true,
                },
            },
            cancellationToken);
    }

    private static string CodeOf(ObjectStoreException exception) => exception.InnerException is AmazonServiceException { ErrorCode: { } code } ? code : "";

    private static bool IsOfStore(Exception exception, CancellationToken cancellationToken) =>
        exception is AmazonClientException or AmazonServiceException or HttpRequestException or IOException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
