using System.IO.Pipelines;
using Kafscale.Broker.Requests;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Network;

/// <summary>
/// Serves one client on a pair of pipes: requests are read, started and answered in order, several at a time where
/// their handlers allow it. Needs no socket.
/// </summary>
/// <remarks>
/// Two loops make up a connection. The reading loop takes one frame after another and starts its handler when its turn
/// has come; the writing loop writes the responses in the order of the requests. They share a ring of requests in
/// progress: <see cref="_startedCount"/> belongs to the reading loop, <see cref="_writtenCount"/> to the writing loop.
/// </remarks>
internal sealed partial class KafkaConnection : IDisposable
{
    private const int NoReason = -1;

    private readonly ConnectionServices _services;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Action? _abortTransport;
    private readonly CancellationToken _stopToken;
    private readonly CancellationToken _abortToken;
    private readonly RequestFrameReader _frames;
    private readonly ResponseWriter _responses;
    private readonly RequestHeader _requestHeader = new();
    private readonly RecentStrings _recentStrings = new();
    private readonly PendingRequest?[] _pending;
    private readonly CancellationTokenSource _endWaiting = new();
    private readonly Action<RequestContext> _onPayloadConsumed;

    // A handler may say that it has consumed its payload while it holds a lock, so the reading loop must not go on in it.
    private readonly InlineSignal _readerSignal = new(resumesInline: false);
    private readonly InlineSignal _writerSignal = new(resumesInline: true);

    private long _startedCount;
    private long _writtenCount;
    private int _handlersInProgress;
    private bool _lastStartedMayOverlap;
    private bool _payloadHeld;
    private bool _readingEnded;
    private bool _discardsResponses;
    private bool _stopRequested;
    private int _closeReason = NoReason;
    private long _lastActivity;

    /// <param name="transport">Where the client's bytes come from and go to; completed when the connection ends.</param>
    /// <param name="client">Who is at the other end.</param>
    /// <param name="services">What the connections of the broker share.</param>
    /// <param name="abortTransport">Cuts the transport off where the client is not to be waited for.</param>
    /// <param name="stopToken">No further request is begun; those in progress are answered, and the connection ends.</param>
    /// <param name="abortToken">Handed to the handlers, and ends the connection at once.</param>
    public KafkaConnection(
        IDuplexPipe transport,
        ClientConnection client,
        ConnectionServices services,
        Action? abortTransport,
        CancellationToken stopToken,
        CancellationToken abortToken)
    {
        Client = client;
        _services = services;
        _input = transport.Input;
        _output = transport.Output;
        _abortTransport = abortTransport;
        _stopToken = stopToken;
        _abortToken = abortToken;
        _frames = new RequestFrameReader(_input, services.Limits, services.InFlightBytes, services.TimeProvider, _writerSignal);
        _responses = new ResponseWriter(_output, services.TimeProvider);
        _pending = new PendingRequest?[services.Limits.MaxRequestsInProgress];
        _onPayloadConsumed = ReleasePayload;
        _lastActivity = services.TimeProvider.GetTimestamp();
    }

    public ClientConnection Client { get; }

    /// <summary>Whether the client is to get what was written before a connection ended for this reason.</summary>
    public static bool IsOrderly(ConnectionCloseReason reason) =>
        reason is not (ConnectionCloseReason.WriteTimeout or ConnectionCloseReason.ReceiveTimeout or ConnectionCloseReason.Aborted);

    /// <summary>Serves the client until either side ends the connection and no handler is in progress. Called once; does not throw.</summary>
    public async Task<ConnectionCloseReason> RunAsync()
    {
        using CancellationTokenRegistration stop =
            _stopToken.UnsafeRegister(static connection => ((KafkaConnection)connection!).RequestStop(), this);
        using CancellationTokenRegistration abort = _abortToken.UnsafeRegister(
            static connection => ((KafkaConnection)connection!).Abort(ConnectionCloseReason.Aborted, "the broker stops"), this);
        Task writing = WriteResponsesAsync();
        await ReadRequestsAsync();
        Volatile.Write(ref _readingEnded, true);
        EndWaiting();
        _writerSignal.Set();
        await writing;

        var reason = (ConnectionCloseReason)_closeReason;
        ConnectionFaultException? fault = IsOrderly(reason) ? null : new ConnectionFaultException(reason, $"The connection ended: {reason}");
        _frames.Complete(fault);
        _responses.Complete(fault);
        return reason;
    }

    /// <summary>Ends the connection where a timeout has passed. Called regularly, on any thread; does not throw.</summary>
    public void CheckTimeouts()
    {
        try
        {
            EndWhereTimeoutHasPassed();
        }
        catch (Exception exception)
        {
            // The timeouts of the other connections depend on the caller.
            _services.Log.ConnectionFailed(Client, exception);
        }
    }

    public void Dispose() => _endWaiting.Dispose();

    private void EndWhereTimeoutHasPassed()
    {
        NetworkLimits limits = _services.Limits;
        if (_frames.IsReceivingLongerThan(limits.ReceiveTimeout))
        {
            Abort(ConnectionCloseReason.ReceiveTimeout, $"a frame was not delivered within {limits.ReceiveTimeout}");
        }
        else if (_responses.IsFlushingLongerThan(limits.WriteTimeout))
        {
            Abort(ConnectionCloseReason.WriteTimeout, $"the client has not read its responses for {limits.WriteTimeout}");
        }
        else if (Volatile.Read(ref _startedCount) == Volatile.Read(ref _writtenCount)
            && _services.TimeProvider.GetElapsedTime(Volatile.Read(ref _lastActivity)) > limits.IdleTimeout)
        {
            TrySetCloseReason(ConnectionCloseReason.Idle);
            RequestStop();
        }
    }

    /// <summary>Begins no further request; those in progress are answered.</summary>
    private void RequestStop(bool cancelsFlush = false)
    {
        Volatile.Write(ref _stopRequested, true);
        try
        {
            _input.CancelPendingRead();
            if (cancelsFlush)
            {
                _output.CancelPendingFlush();
            }
        }
        catch (ObjectDisposedException)
        {
            // The connection has just ended: a pipe on a stream cannot be cancelled once it is completed.
        }

        EndWaiting();
        _readerSignal.Set();
    }

    /// <summary>Ends the connection without waiting for the client. Handlers in progress come to their end unanswered.</summary>
    private void Abort(ConnectionCloseReason reason, string because)
    {
        if (TrySetCloseReason(reason))
        {
            _services.Log.Closing(Client, reason, because);
        }

        Volatile.Write(ref _discardsResponses, true);
        RequestStop(cancelsFlush: true);
        _abortTransport?.Invoke();
    }

    /// <summary>Ends the connection for a fault that is not to be answered; what was written before is still sent.</summary>
    private void CloseFor(ConnectionCloseReason reason, string because)
    {
        if (TrySetCloseReason(reason))
        {
            _services.Log.Closing(Client, reason, because);
        }

        RequestStop();
    }

    private bool TrySetCloseReason(ConnectionCloseReason reason) =>
        Interlocked.CompareExchange(ref _closeReason, (int)reason, NoReason) == NoReason;

    private void MarkActive() => Volatile.Write(ref _lastActivity, _services.TimeProvider.GetTimestamp());

    private void EndWaiting()
    {
        try
        {
            _endWaiting.Cancel();
        }
        catch (AggregateException exception)
        {
            // What a handler hooked to the token failed; that is no reason to leave the others waiting.
            _services.Log.ConnectionFailed(Client, exception);
        }
        catch (ObjectDisposedException)
        {
            // A stop or a timeout that comes when the connection has just ended.
        }
    }
}
