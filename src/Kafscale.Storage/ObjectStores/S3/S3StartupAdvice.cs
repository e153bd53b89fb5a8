using System.Security.Authentication;
using Amazon.Runtime;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Says in one line what is wrong with a bucket, and what a person can do about it.</summary>
internal sealed class S3StartupAdvice(S3Options options)
{
    public S3StartupException IgnoredCondition() => Because(
        "the store ignores 'If-None-Match: *', so two brokers could overwrite each other's objects. Use a store, or a version of it, that has "
        + "conditional writes");

    public S3StartupException WrongRange() => Because(
        "the store does not answer range reads with the range that was asked for. Use a store that does, or look for a proxy in between");

    public S3StartupException LostObject() => Because(
        "an object cannot be read right after it was written. Use a store with strong consistency, and no cache in between");

    public S3StartupException Failed(S3Permission permission, ObjectStoreException exception) =>
        Because(WhyAndWhatToDo(permission, exception), exception);

    private S3StartupException Because(string text, Exception? exception = null) => new($"{options}: {text}.", exception);

    private string WhyAndWhatToDo(S3Permission permission, ObjectStoreException exception) => CodeOf(exception) switch
    {
        "NoSuchBucket" => "the bucket does not exist. Create it, or set s3.bucket to another one",
        "InvalidAccessKeyId" => "the store does not know the access key. Check s3.access.key, or where else the credentials come from",
        "SignatureDoesNotMatch" => "the store does not accept the signature. Check s3.secret.key, or where else the credentials come from",
        "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired" =>
            "the session token has expired or is wrong. Get new credentials, or let the SDK find some that it renews",
        "RequestTimeTooSkewed" or "RequestExpired" => "this machine's clock and the store's differ too much. Set the clock",
        "PermanentRedirect" or "TemporaryRedirect" or "Redirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" =>
            $"the bucket is in another region than {options.Region ?? S3Options.DefaultRegion}. Set s3.region. The store said: {Reason(exception)}",
        { } code when code.StartsWith("KMS.", StringComparison.Ordinal) =>
            $"the store cannot use the key {options.KmsKeyArn ?? "that the bucket is encrypted with"}. Check s3.kms.arn. The store said: {Reason(exception)}",
        "" when exception.Failure == ObjectStoreFailure.Denied =>
            "there are no credentials. Set s3.access.key and s3.secret.key, or give the SDK what it looks for: environment variables, a profile, "
            + $"a role. It said: {Reason(exception)}",
        _ => exception.Failure switch
        {
            ObjectStoreFailure.Denied => $"the credentials do not allow {Denied(permission)}. The store said: {Reason(exception)}",
            ObjectStoreFailure.TimedOut => $"no answer within {options.RequestTimeout.TotalSeconds:0.###} s. Check s3.endpoint, and that the network lets it through",
            ObjectStoreFailure.Unavailable when exception.GetBaseException() is AuthenticationException =>
                $"the store's certificate is not trusted. Check s3.ca.file and the name in s3.endpoint. The reason: {exception.GetBaseException().Message.TrimEnd('.')}",
            ObjectStoreFailure.Unavailable or ObjectStoreFailure.Throttled =>
                $"the store is not available. Check s3.endpoint. The reason: {Reason(exception)}",
            _ => $"the store refuses a request that it must take. It said: {Reason(exception)}",
        },
    };

    private string Denied(S3Permission permission)
    {
        var objects = $"arn:aws:s3:::{options.Bucket}/*";
        return permission switch
        {
            S3Permission.List => $"listing. Allow s3:ListBucket on arn:aws:s3:::{options.Bucket}",
            S3Permission.Put when options.KmsKeyArn is { } key => $"writing. Allow s3:PutObject on {objects} and kms:GenerateDataKey on {key}",
            S3Permission.Put => $"writing. Allow s3:PutObject on {objects}",
            S3Permission.Get when options.KmsKeyArn is { } key => $"reading. Allow s3:GetObject on {objects} and kms:Decrypt on {key}",
            S3Permission.Get => $"reading. Allow s3:GetObject on {objects}",
            _ => $"deleting. Allow s3:DeleteObject on {objects}",
        };
    }

    private static string CodeOf(ObjectStoreException exception) =>
        exception.InnerException is AmazonServiceException { ErrorCode: { } code } ? code : "";

    // Without what the message of the exception says about the object.
    private static string Reason(ObjectStoreException exception) => (exception.InnerException?.Message ?? exception.Message).ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
