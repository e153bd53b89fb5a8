namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Judges the exceptions of an object store: the one place that says what each of them means.</summary>
internal static class FailedOperation
{
    /// <summary>How an operation ended that threw <paramref name="exception"/>.</summary>
    /// <param name="exception">What it threw.</param>
    /// <param name="cancellationToken">Of whoever asked: a cancellation that is not theirs is a timeout inside of the store.</param>
    public static ObjectStoreOutcome OutcomeOf(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        ObjectNotFoundException => ObjectStoreOutcome.NotFound,
        ObjectAlreadyExistsException => ObjectStoreOutcome.AlreadyExists,
        OperationCanceledException => cancellationToken.IsCancellationRequested ? ObjectStoreOutcome.Cancelled : ObjectStoreOutcome.TimedOut,
        ObjectStoreException { Failure: ObjectStoreFailure.Throttled } => ObjectStoreOutcome.Throttled,
        ObjectStoreException { Failure: ObjectStoreFailure.TimedOut } => ObjectStoreOutcome.TimedOut,
        ObjectStoreException { Failure: ObjectStoreFailure.Denied } => ObjectStoreOutcome.Denied,
        ObjectStoreException { Failure: ObjectStoreFailure.Rejected } => ObjectStoreOutcome.Rejected,
        _ => ObjectStoreOutcome.Unavailable,
    };

    /// <summary>Whether the call was wrong in itself, so that nothing was asked of the store.</summary>
    public static bool IsMisuse(Exception exception) => exception is ArgumentException or ObjectDisposedException;
}
