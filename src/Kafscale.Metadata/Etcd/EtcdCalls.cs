using Grpc.Core;
using Headers = Grpc.Core.Metadata;

namespace Kafscale.Metadata.Etcd;

/// <summary>
/// Sends requests to one of the endpoints, within the request timeout. A request that may have taken effect is sent again
/// only where doing it twice is the same as doing it once.
/// </summary>
internal sealed class EtcdCalls(EtcdEndpoints endpoints, EtcdAuthentication authentication, EtcdOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Sends a request until it is answered.</summary>
    /// <param name="send">How it is sent.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="effect">What it does to the keys.</param>
    /// <param name="cancellationToken">Gives up waiting; the request may take effect all the same.</param>
    /// <exception cref="EtcdRequestException">etcd answered with an error that the caller knows the meaning of.</exception>
    /// <exception cref="MetadataUnavailableException">There was no answer; the message says whether it may have taken effect.</exception>
    /// <exception cref="ArgumentException">It breaks a limit of the server.</exception>
    public async ValueTask<TResponse> SendAsync<TRequest, TResponse>(
        Func<EtcdStay, TRequest, CallOptions, Task<TResponse>> send, TRequest request, EtcdEffect effect, CancellationToken cancellationToken)
    {
        using var deadline = new EtcdDeadline(options.RequestTimeout, timeProvider, cancellationToken);
        var hasNewToken = false;
        for (var attempt = 0; ; attempt++)
        {
            var stay = endpoints.Current;
            Headers? headers = null;
            Exception failure;
            var error = EtcdError.Unanswered;
            try
            {
                return await TryAsync();
            }
            catch (RpcException exception)
            {
                error = EtcdErrors.Of(exception);
                failure = exception;
            }
            catch (OperationCanceledException exception)
            {
                failure = exception;
            }

            var isOutcomeUnknown = effect == EtcdEffect.Once && headers is not null && error == EtcdError.Unanswered;
            if (error is EtcdError.TokenRejected or EtcdError.WatchDenied
                && !hasNewToken && headers is not null && authentication.Forget(headers) && !deadline.IsOver)
            {
                hasNewToken = true;
                continue;
            }

            ThrowIfFinal(error, stay, failure);
            endpoints.Leave(stay);
            if (deadline.IsOver || isOutcomeUnknown || !await PauseAsync(attempt, deadline))
            {
                throw Unanswered(stay, failure, effect, isOutcomeUnknown);
            }

            async Task<TResponse> TryAsync()
            {
                var patience = Patience(attempt);
                if (effect == EtcdEffect.Once)
                {
                    // What waits goes on waiting here; what comes after it goes elsewhere.
                    headers = await authentication.HeadersAsync(stay.Endpoint, deadline.Token);
                    await using var impatience = timeProvider.CreateTimer(_ => endpoints.Leave(stay), null, patience, Timeout.InfiniteTimeSpan);
                    return await send(stay, request, new(headers, cancellationToken: deadline.Token));
                }

                using var limit = new EtcdDeadline(patience, timeProvider, deadline.Token);
                headers = await authentication.HeadersAsync(stay.Endpoint, limit.Token);
                return await send(stay, request, new(headers, cancellationToken: limit.Token));
            }
        }
    }

    /// <summary>Waits until a member with a leader has answered.</summary>
    /// <exception cref="MetadataUnavailableException">None did in time, or it does not let the user in.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        // A key that nobody has: whether the user may read it is not the question.
        var nobodys = EtcdMessages.ToRequest(KeyRange.Key("\0"), limit: 1, revision: 0);
        await SendAsync(ReadAsync, nobodys, EtcdEffect.None, cancellationToken);

        static async Task<bool> ReadAsync(EtcdStay stay, Rpc.RangeRequest request, CallOptions callOptions)
        {
            try
            {
                await stay.Endpoint.Keys.RangeAsync(request, callOptions);
            }
            catch (RpcException exception) when (EtcdErrors.Of(exception) == EtcdError.Denied)
            {
                // Known and authenticated.
            }

            return true;
        }
    }

    /// <summary>
    /// How long an endpoint may take before another one is tried: short at first, so that a dead one costs little, then
    /// longer, so that a slow etcd is not asked for the same again and again.
    /// </summary>
    public TimeSpan Patience(int attempt) =>
        endpoints.Count == 1 ? options.RequestTimeout : options.RequestTimeout / 7 * (1 << Math.Min(attempt, 2));

    /// <summary>Waits a little where every endpoint has failed since the last time.</summary>
    /// <param name="attempt">How many have failed before this one.</param>
    /// <param name="deadline">When to give up.</param>
    /// <returns>False where the deadline has come.</returns>
    public async ValueTask<bool> PauseAsync(int attempt, EtcdDeadline deadline)
    {
        var (round, position) = Math.DivRem(attempt + 1, endpoints.Count);
        if (position != 0)
        {
            return true;
        }

        var pause = FirstPause * Math.Pow(2, Math.Min(round - 1, 10));
        try
        {
            await Task.Delay(pause < LongestPause ? pause : LongestPause, timeProvider, deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return !deadline.IsOver;
        }
    }

    private static void ThrowIfFinal(EtcdError error, EtcdStay stay, Exception failure)
    {
        switch (error)
        {
            case EtcdError.Unanswered or EtcdError.NotReached or EtcdError.NotServing:
                return;
            case EtcdError.Compacted or EtcdError.FutureRevision or EtcdError.LeaseNotFound or EtcdError.ResponseTooLarge or EtcdError.WatchDenied:
                throw new EtcdRequestException(error, failure);
            default:
                throw EtcdErrors.ToException(error, stay.Endpoint, (RpcException)failure);
        }
    }

    private MetadataUnavailableException Unanswered(EtcdStay stay, Exception failure, EtcdEffect effect, bool isOutcomeUnknown)
    {
        var what = failure is RpcException exception
            ? EtcdErrors.Describe(exception)
            : $"did not answer within {options.RequestTimeout.TotalMilliseconds:N0} ms (etcd.request.timeout.ms).";
        var outcome = effect switch
        {
            EtcdEffect.Once when isOutcomeUnknown => $" {EtcdErrors.OutcomeUnknown}",
            EtcdEffect.Once => $" {EtcdErrors.NothingChanged}",
            _ => "",
        };
        return new($"etcd at {stay.Endpoint.Address} {what}{outcome}", failure);
    }
}
