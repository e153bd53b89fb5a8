namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Finds out whether a replica of a bucket can be read, by looking for an object that nobody has written.</summary>
/// <param name="replica">The replica, without retries.</param>
/// <param name="options">What it was made with.</param>
/// <param name="keyPrefix">The cluster's namespace.</param>
public sealed class S3ReplicaProbe(IObjectStore replica, S3Options options, string keyPrefix)
{
    /// <summary>Asks once.</summary>
    /// <returns>Null where it can be read, else why that is not known now: it does not answer, which does not last.</returns>
    /// <exception cref="S3StartupException">It can not be read, and will not be by itself: the settings or the permissions are wrong.</exception>
    public async Task<string?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await replica.ReadAsync($"{keyPrefix}/meta/probe/replica", 0, new byte[1], cancellationToken);
            return null;
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }
        catch (ObjectStoreException exception) when (exception.IsTransient)
        {
            return $"The replica {options} does not answer, and is not read from until it does: {exception.Message}";
        }
        catch (ObjectStoreException exception)
        {
            var objects = $"arn:aws:s3:::{options.Bucket}";
            throw new S3StartupException(
                $"the replica {options} can not be read. Check s3.read.bucket, s3.read.region and s3.read.endpoint, and that the credentials allow "
                + $"s3:GetObject on {objects}/* and, so that missing objects are told from forbidden ones, s3:ListBucket on {objects}. "
                + $"The store said: {(exception.InnerException?.Message ?? exception.Message).ReplaceLineEndings(" ").TrimEnd('.', ' ')}.",
                exception);
        }
    }
}
