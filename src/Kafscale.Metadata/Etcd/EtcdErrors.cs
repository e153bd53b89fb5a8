using System.Net.Http;
using Grpc.Core;

namespace Kafscale.Metadata.Etcd;

/// <summary>What etcd's errors mean, and what a person is told. They are known by their texts, as in etcd's own client.</summary>
internal static class EtcdErrors
{
    /// <summary>How the message of a change that certainly had no effect ends.</summary>
    public const string NothingChanged = "Nothing was changed.";

    /// <summary>How the message of a change that may have been made ends.</summary>
    public const string OutcomeUnknown = "Whether the change was made is unknown.";

    private const string WatchDenied = "etcdserver: permission denied to watch";

    /// <summary>The error of a watch that etcd does not serve any further.</summary>
    /// <param name="reason">Why, in etcd's words. A token that has expired is a lack of permission too, to etcd before 3.5.</param>
    public static RpcException WatchCancelled(string reason) =>
        reason.EndsWith("etcdserver: permission denied", StringComparison.Ordinal)
        || reason.EndsWith("etcdserver: invalid auth token", StringComparison.Ordinal)
        ? new(new(StatusCode.PermissionDenied, WatchDenied))
        : new(new(StatusCode.Unavailable, $"the watch was cancelled ({reason})"));

    /// <summary>What a failed call means.</summary>
    public static EtcdError Of(RpcException exception)
    {
        switch (exception.Status.Detail)
        {
            case "etcdserver: no leader":
            case "etcdserver: too many requests":
            case "etcdserver: rpc not supported for learner":
                return EtcdError.NotServing;
            case "etcdserver: invalid auth token":
            case "etcdserver: user name is empty":
            case "etcdserver: revision of auth store is old":
                return EtcdError.TokenRejected;
            case "etcdserver: mvcc: required revision has been compacted":
                return EtcdError.Compacted;
            case "etcdserver: mvcc: required revision is a future revision":
                return EtcdError.FutureRevision;
            case "etcdserver: requested lease not found":
                return EtcdError.LeaseNotFound;
            case "etcdserver: request is too large":
            case "etcdserver: too many operations in txn request":
                return EtcdError.BreaksLimit;
            case WatchDenied:
                return EtcdError.WatchDenied;
            case "etcdserver: permission denied":
            case "etcdserver: authentication failed, invalid user ID or password":
                return EtcdError.Denied;
            case "etcdserver: authentication is not enabled":
                return EtcdError.AuthenticationNotEnabled;
            case "etcdserver: mvcc: database space exceeded":
                return EtcdError.OutOfSpace;
            case { } detail when detail.StartsWith("Received message exceeds", StringComparison.Ordinal):
                return EtcdError.ResponseTooLarge;
            default:
                break;
        }

        if (exception.Status.DebugException is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
            })
        {
            return EtcdError.NotReached;
        }

        return exception.StatusCode switch
        {
            StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.PermissionDenied
                or StatusCode.Unauthenticated or StatusCode.FailedPrecondition or StatusCode.OutOfRange or StatusCode.Unimplemented
                => EtcdError.Refused,
            _ => EtcdError.Unanswered,
        };
    }

    /// <summary>The exception of the contract for an error that needs to know nothing of the request.</summary>
    public static Exception ToException(EtcdError error, EtcdEndpoint endpoint, RpcException exception) => error switch
    {
        EtcdError.BreaksLimit => new ArgumentException(
            $"etcd at {endpoint.Address} refuses the request ({exception.Status.Detail}): its --max-request-bytes or --max-txn-ops is less "
            + $"than its default. {NothingChanged}",
            exception),
        EtcdError.OutOfSpace => new MetadataUnavailableException($"etcd at {endpoint.Address} {Describe(exception)} {OutcomeUnknown}", exception),
        _ => new MetadataUnavailableException($"etcd at {endpoint.Address} {Describe(exception)} {NothingChanged}", exception),
    };

    /// <summary>What went wrong, and what to do where etcd's own words do not say it; follows on an address.</summary>
    public static string Describe(RpcException exception) => exception.Status.Detail switch
    {
        "etcdserver: mvcc: database space exceeded" =>
            "refuses writes because its database is full (NOSPACE): compact and defragment it or raise --quota-backend-bytes, then "
            + "disarm the alarm (etcdctl alarm disarm).",
        "etcdserver: too many requests" => "has more requests waiting than it takes (too many requests).",
        "etcdserver: no leader" => "has no connection to a leader: most members of its cluster are down, or it is cut off from them.",
        "etcdserver: permission denied" =>
            "denies this: the user needs a role with readwrite permission on the prefix of the cluster's keys.",
        "etcdserver: user name is empty" => "demands a user: set etcd.username and etcd.password.",
        "etcdserver: authentication failed, invalid user ID or password" => "does not accept etcd.username with etcd.password.",
        _ when exception.Status.DebugException is { } cause && Of(exception) == EtcdError.NotReached =>
            $"cannot be reached: {Innermost(cause).Message.TrimEnd('.')}. {Advice(cause)}",
        _ when exception.Status.DebugException is { } cause => $"broke the connection: {Innermost(cause).Message.TrimEnd('.')}.",
        { Length: > 0 } detail => $"answered: {detail.TrimEnd('.')}.",
        _ => $"answered with the status {exception.StatusCode}.",
    };

    private static string Advice(Exception cause) => cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
        ? "Check etcd.endpoints and etcd.ca.file, and etcd.cert.file where etcd asks for a certificate."
        : "Check that etcd runs there, and etcd.endpoints.";

    private static Exception Innermost(Exception exception)
    {
        while (exception is not TimeoutException && exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }
}
