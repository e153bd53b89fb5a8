using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Kafscale.Protocol.Records;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Objects in a bucket of Amazon S3, or of a store that speaks its protocol.</summary>
/// <remarks>
/// Every operation but a listing is one request, which is not retried here and ends at a deadline. Trouble is an
/// <see cref="ObjectStoreException"/>.
/// </remarks>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    // Of a body, and of the body of an answer: slower is as good as nothing.
    private const int MinBytesPerSecond = 1 << 20;

    private readonly S3Options _options;
    private readonly TimeProvider _timeProvider;
    private readonly AmazonS3Client _client;
    private readonly bool _isEncrypted;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="options">Which bucket to use, and how to reach it.</param>
    /// <param name="timeProvider">What deadlines are measured by.</param>
    /// <exception cref="IOException">The file of certificate authorities cannot be used.</exception>
    public S3ObjectStore(S3Options options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
        _client = S3Client.Create(options);
        _isEncrypted = options.Endpoint is null || options.Endpoint.Scheme == Uri.UriSchemeHttps;
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        cancellationToken.ThrowIfCancellationRequested();
        using var stream = new SequenceStream(body);
        using var deadline = Deadline(body.Length, cancellationToken);
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            InputStream = stream,
            AutoCloseStream = false,
            ContentType = "application/octet-stream",
            // One pass over the bytes, or none, where chunk signatures would be one more and 400 at some stores.
            UseChunkEncoding = false,
            // Inside of TLS nobody changes a byte, and the store compares the checksum of the whole.
            DisablePayloadSigning = _isEncrypted,
            ChecksumCRC32C = ChecksumOf(body),
        };
        if (condition == PutCondition.IfNoneMatch)
            request.IfNoneMatch = "*";
        if (_options.KmsKeyArn is { } kmsKey)
        {
            request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS;
            request.ServerSideEncryptionKeyManagementServiceKeyId = kmsKey;
        }

        try
        {
            await _client.PutObjectAsync(request, deadline.Token);
        }
        catch (Exception exception) when (condition == PutCondition.IfNoneMatch && S3Failures.IsFailedCondition(exception))
        {
            throw new ObjectAlreadyExistsException(key);
        }
        catch (Exception exception)
        {
            throw S3Failures.Translate(exception, $"write the object '{key}' to {_options}", deadline);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.IsEmpty)
            return await HeadAsync(key, cancellationToken) is null ? throw new ObjectNotFoundException(key) : 0;
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = Deadline(destination.Length, cancellationToken);
        var request = new GetObjectRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            ByteRange = new ByteRange(offset, long.CreateSaturating((Int128)offset + destination.Length - 1)),
        };
        try
        {
            using var response = await _client.GetObjectAsync(request, deadline.Token);
            var length = RangeResponse.LengthOf(response, offset, destination.Length);
            await response.ResponseStream.ReadExactlyAsync(destination[..length], deadline.Token);
            return length;
        }
        catch (Exception exception) when (S3Failures.IsRangeBehindEnd(exception))
        {
            return 0;
        }
        catch (Exception exception) when (S3Failures.IsMissingObject(exception))
        {
            throw new ObjectNotFoundException(key, exception);
        }
        catch (Exception exception)
        {
            throw S3Failures.Translate(exception, $"read the object '{key}' from {_options}", deadline);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Two requests where there is no such object: the answer to the first does not tell a missing object from a missing bucket.</remarks>
    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = Deadline(0, cancellationToken);
        try
        {
            var request = new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = key };
            var response = await _client.GetObjectMetadataAsync(request, deadline.Token);
            return new ObjectProperties(key, response.ContentLength, WholeSeconds(response.LastModified));
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // Has no body and so no code.
        }
        catch (Exception exception)
        {
            throw S3Failures.Translate(exception, $"look up the object '{key}' in {_options}", deadline);
        }

        try
        {
            await ReadAsync(key, 0, new byte[1], cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            // As expected; and where it has been written since, it was missing a moment ago all the same.
        }

        return null;
    }

    /// <inheritdoc/>
    /// <remarks>What others put into the bucket under keys that break the rule of <see cref="ObjectKey"/> is left out.</remarks>
    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string? continuation = null;
        do
        {
            var page = await ListPageAsync(prefix, startAfter, continuation, cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (ObjectKey.IsValid(found.Key))
                    yield return new ObjectProperties(found.Key, found.Size ?? 0, WholeSeconds(found.LastModified));
            }

            continuation = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (continuation is not null);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        DeleteLimit.Check(keys);
        cancellationToken.ThrowIfCancellationRequested();
        if (keys.Count == 0)
            return;
        using var deadline = Deadline(0, cancellationToken);
        var request = new DeleteObjectsRequest
        {
            BucketName = _options.Bucket,
            Objects = [.. keys.Select(key => new KeyVersion { Key = key })],
            Quiet = true,
        };
        try
        {
            await _client.DeleteObjectsAsync(request, deadline.Token);
        }
        catch (DeleteObjectsException exception) when (exception.Response.DeleteErrors.TrueForAll(error => error.Code == "NoSuchKey"))
        {
            // Gone is gone.
        }
        catch (Exception exception)
        {
            throw S3Failures.Translate(exception, $"delete {keys.Count} objects from {_options}", deadline);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private async ValueTask<ListObjectsV2Response> ListPageAsync(
        string prefix, string? startAfter, string? continuation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = Deadline(0, cancellationToken);
        var request = new ListObjectsV2Request
        {
            BucketName = _options.Bucket,
            Prefix = prefix,
            StartAfter = string.IsNullOrEmpty(startAfter) ? null : startAfter,
            ContinuationToken = continuation,
        };
        try
        {
            return await _client.ListObjectsV2Async(request, deadline.Token);
        }
        catch (Exception exception)
        {
            throw S3Failures.Translate(exception, $"list the objects under '{prefix}' in {_options}", deadline);
        }
    }

    private RequestDeadline Deadline(long bodyLength, CancellationToken cancellationToken) =>
        new(_options.RequestTimeout + TimeSpan.FromSeconds((double)bodyLength / MinBytesPerSecond), _timeProvider, cancellationToken);

    // As the header wants it: base64 of the big-endian number.
    private static string ChecksumOf(ReadOnlySequence<byte> body)
    {
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32C.Compute(body));
        return Convert.ToBase64String(checksum);
    }

    // Some stores tell fractions in listings and none in the answer to a HEAD.
    private static DateTimeOffset WholeSeconds(DateTime? time)
    {
        var instant = new DateTimeOffset((time ?? DateTime.UnixEpoch).ToUniversalTime());
        return instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerSecond));
    }
}
