using System.Threading.Channels;
using Kafscale.Broker.Requests;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Network;

/// <summary>A handler's calls that wait until the test answers them.</summary>
internal sealed class GatedCalls<TRequest, TResponse>
    where TRequest : class, IRequestMessage, new()
    where TResponse : class, IResponseMessage, new()
{
    private readonly Channel<Call> _started = Channel.CreateUnbounded<Call>();
    private int _inProgress;
    private int _maxInProgress;

    public int MaxInProgress => Volatile.Read(ref _maxInProgress);

    /// <summary>Whether a call was started that the test has not taken.</summary>
    public bool AnyStarted => _started.Reader.Count > 0;

    public TestHandler<TRequest, TResponse> Handler(bool mayOverlap = false, bool holdsPayload = false) => new(HandleAsync, mayOverlap, holdsPayload);

    /// <summary>The next call, once it has started.</summary>
    public async Task<Call> NextAsync() => await _started.Reader.ReadAsync().AsTask().WaitAsync(TestClient.Patience);

    private async ValueTask<TResponse?> HandleAsync(RequestContext context, TRequest request, CancellationToken cancellationToken)
    {
        int inProgress = Interlocked.Increment(ref _inProgress);
        _maxInProgress = Math.Max(_maxInProgress, inProgress);
        var call = new Call(context, request);
        await using CancellationTokenRegistration aborted = cancellationToken.Register(() => call.Answered.TrySetCanceled(cancellationToken));
        _started.Writer.TryWrite(call);
        try
        {
            return await call.Answered.Task;
        }
        finally
        {
            Interlocked.Decrement(ref _inProgress);
        }
    }

    internal sealed record Call(RequestContext Context, TRequest Request)
    {
        public TaskCompletionSource<TResponse?> Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Answer(TResponse? response) => Answered.SetResult(response);
    }
}
