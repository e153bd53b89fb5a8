using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>The one place where what the SDK throws becomes what this project knows.</summary>
internal static class S3Failures
{
    private static readonly HashSet<string> ThrottlingCodes = new(StringComparer.Ordinal)
    {
        "SlowDown", "SlowDownRead", "SlowDownWrite", "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException",
        "RequestThrottled", "RequestThrottledException", "TooManyRequests", "TooManyRequestsException", "BandwidthLimitExceeded",
    };

    // Some of these come with 400.
    private static readonly HashSet<string> CredentialCodes = new(StringComparer.Ordinal)
    {
        "ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired", "InvalidAccessKeyId", "SignatureDoesNotMatch",
        "RequestTimeTooSkewed", "RequestExpired",
    };

    // Refused for what happened on the way or at the same moment, and not for what was asked: 409 of two
    // conditional puts at once, and 400 where the body did not arrive as it was sent.
    private static readonly HashSet<string> PassingCodes = new(StringComparer.Ordinal)
    {
        "ConditionalRequestConflict", "OperationAborted", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch",
        "XAmzContentChecksumMismatch", "InternalError", "ServiceUnavailable",
    };

    /// <summary>Whether the store answered that there is no such object. That there is no such bucket is something else.</summary>
    public static bool IsMissingObject(Exception exception) => exception is AmazonServiceException { ErrorCode: "NoSuchKey" };

    /// <summary>Whether the condition of a put did not hold.</summary>
    public static bool IsFailedCondition(Exception exception) =>
        exception is AmazonServiceException { StatusCode: HttpStatusCode.PreconditionFailed };

    /// <summary>Whether a range begins at or behind the end of the object.</summary>
    public static bool IsRangeBehindEnd(Exception exception) =>
        exception is AmazonServiceException { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable };

    /// <summary>What to throw in place of an exception of the SDK.</summary>
    /// <param name="exception">What it threw.</param>
    /// <param name="what">What was tried, to follow "cannot".</param>
    /// <param name="deadline">The deadline that the request ran under.</param>
    public static Exception Translate(Exception exception, string what, RequestDeadline deadline)
    {
        // An answer counts even where it came at the very end of the time.
        if (!IsAnswer(exception))
        {
            if (deadline.Caller.IsCancellationRequested)
                return new OperationCanceledException($"Gave up to {what}.", exception, deadline.Caller);
            if (deadline.IsOver)
            {
                return new ObjectStoreException(
                    ObjectStoreFailure.TimedOut, $"Cannot {what}: no complete answer within {deadline.Timeout.TotalSeconds:0.###} s.", exception);
            }
        }

        return new ObjectStoreException(FailureOf(exception), $"Cannot {what}: {Describe(exception)}", exception);
    }

    /// <summary>What kind of trouble an exception of the SDK means.</summary>
    public static ObjectStoreFailure FailureOf(Exception exception) => exception switch
    {
        ObjectStoreException { Failure: var failure } => failure,
        DeleteObjectsException { Response.DeleteErrors: [var first, ..] } => FailureOf(statusCode: 0, first.Code),
        AmazonServiceException answer => FailureOf(answer.StatusCode, answer.ErrorCode),
        OperationCanceledException or TimeoutException => ObjectStoreFailure.TimedOut,
        // The SDK's own complaint about a request that it did not send: it has found nothing to sign it with.
        AmazonClientException { InnerException: not IOException } => ObjectStoreFailure.Denied,
        _ => ObjectStoreFailure.Unavailable,
    };

    /// <summary>What kind of trouble an answer of the store means.</summary>
    /// <param name="statusCode">The HTTP status; 0 for an error inside of an answer with status 200, which has only a code.</param>
    /// <param name="errorCode">The store's code; may be null or empty.</param>
    public static ObjectStoreFailure FailureOf(HttpStatusCode statusCode, string? errorCode)
    {
        var code = errorCode ?? "";
        return (int)statusCode switch
        {
            _ when ThrottlingCodes.Contains(code) => ObjectStoreFailure.Throttled,
            _ when code is "RequestTimeout" or "RequestTimeoutException" => ObjectStoreFailure.TimedOut,
            _ when CredentialCodes.Contains(code) => ObjectStoreFailure.Denied,
            _ when PassingCodes.Contains(code) => ObjectStoreFailure.Unavailable,
            429 => ObjectStoreFailure.Throttled,
            408 => ObjectStoreFailure.TimedOut,
            401 or 403 => ObjectStoreFailure.Denied,
            0 => code == "AccessDenied" ? ObjectStoreFailure.Denied : ObjectStoreFailure.Rejected,
            // An answer that is well by its status and cannot be read has been cut short.
            >= 200 and < 300 or >= 500 => ObjectStoreFailure.Unavailable,
            _ => ObjectStoreFailure.Rejected,
        };
    }

    private static bool IsAnswer(Exception exception) => exception is AmazonServiceException { StatusCode: >= HttpStatusCode.MultipleChoices };

    private static string Describe(Exception exception) => exception switch
    {
        DeleteObjectsException { Response.DeleteErrors: { Count: > 0 } errors } =>
            $"{errors.Count} keys are left, the first of them '{errors[0].Key}' because of {errors[0].Code}: {errors[0].Message}",
        AmazonServiceException { StatusCode: not 0 } answer => $"{(int)answer.StatusCode} {answer.ErrorCode}: {answer.Message}",
        _ => exception.Message,
    };
}
