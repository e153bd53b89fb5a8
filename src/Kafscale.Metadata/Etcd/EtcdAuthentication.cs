using Grpc.Core;
using Headers = Grpc.Core.Metadata;

namespace Kafscale.Metadata.Etcd;

/// <summary>What goes along with every request: the token of the user, and the wish not to be served without a leader.</summary>
internal sealed class EtcdAuthentication(EtcdOptions options, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();

    // One for all that wait, because etcd takes its time over a password on purpose.
    private Task<Headers>? _headers = options.Username is null ? Task.FromResult(NewHeaders()) : null;

    private Headers? _newest;

    /// <summary>The headers of a request; asks an endpoint for a token where there is none.</summary>
    /// <exception cref="RpcException">It gave none.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time.</exception>
    public Task<Headers> HeadersAsync(EtcdEndpoint endpoint, CancellationToken cancellationToken)
    {
        Task<Headers> headers;
        lock (_lock)
        {
            if (_headers is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _headers = AuthenticateAsync(endpoint);
            }

            headers = _headers;
        }

        return headers.IsCompletedSuccessfully ? headers : headers.WaitAsync(cancellationToken);
    }

    /// <summary>Lets the next request get a new token, unless there is one already.</summary>
    /// <param name="rejected">The headers with the token that was rejected.</param>
    /// <returns>Whether a new token can help.</returns>
    public bool Forget(Headers rejected)
    {
        if (options.Username is null)
        {
            return false;
        }

        lock (_lock)
        {
            if (_newest == rejected)
            {
                _headers = null;
            }
        }

        return true;
    }

    private static Headers NewHeaders() => new() { { "hasleader", "true" } };

    private async Task<Headers> AuthenticateAsync(EtcdEndpoint endpoint)
    {
        using var deadline = new CancellationTokenSource(options.RequestTimeout / 2, timeProvider);
        var headers = NewHeaders();
        try
        {
            var response = await endpoint.Authentication.AuthenticateAsync(
                new() { Name = options.Username, Password = options.Password ?? "" }, headers, cancellationToken: deadline.Token);
            headers.Add("token", response.Token);
        }
        catch (RpcException exception) when (EtcdErrors.Of(exception) == EtcdError.AuthenticationNotEnabled)
        {
            // Whoever turns authentication on later lets requests without a token fail, and the next one asks again.
        }

        lock (_lock)
        {
            _newest = headers;
        }

        return headers;
    }
}
