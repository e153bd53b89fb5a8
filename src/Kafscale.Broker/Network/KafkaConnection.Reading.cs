using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Broker.Requests;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Network;

internal sealed partial class KafkaConnection
{
    private async Task ReadRequestsAsync()
    {
        try
        {
            while (!Volatile.Read(ref _stopRequested) && await _frames.BeginFrameAsync() && await ServeFrameAsync())
            {
            }

            TrySetCloseReason(Volatile.Read(ref _stopRequested) ? ConnectionCloseReason.Stopped : ConnectionCloseReason.ClientClosed);
        }
        catch (ConnectionFaultException fault)
        {
            CloseFor(fault.Reason, fault.Message);
        }
        catch (MalformedMessageException malformed)
        {
            CloseFor(ConnectionCloseReason.MalformedRequest, malformed.Message);
        }
        catch (OperationCanceledException) when (Volatile.Read(ref _stopRequested))
        {
            TrySetCloseReason(ConnectionCloseReason.Stopped);
        }
        catch (IOException)
        {
            TrySetCloseReason(ConnectionCloseReason.ClientClosed);
        }
        catch (Exception exception)
        {
            // A fault of the broker ends this connection and no other.
            _services.Log.ConnectionFailed(Client, exception);
            Abort(ConnectionCloseReason.Aborted, "of a fault in the broker");
        }
    }

    /// <summary>Receives the frame that was begun, starts its handler in its turn, and gives the frame back; false where the connection ends.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ServeFrameAsync()
    {
        IRequestHandler? handler = _services.Dispatcher.Find(_frames.ApiKey, _frames.ApiVersion);
        if (handler is null && _frames.ApiKey != (short)ApiKey.ApiVersions)
        {
            throw new ConnectionFaultException(
                ConnectionCloseReason.UnsupportedApi, $"API key {_frames.ApiKey} version {_frames.ApiVersion} is not supported");
        }

        // The turn comes before the body: what cannot start yet takes no memory.
        bool mayOverlap = handler is { MayOverlap: true };
        while (!IsTurn(mayOverlap) && !Volatile.Read(ref _stopRequested))
        {
            await WaitForHandlersAsync();
        }

        if (Volatile.Read(ref _stopRequested) || await _frames.ReceiveFrameAsync(_endWaiting.Token) is not { } frame)
        {
            return false;
        }

        MarkActive();
        _lastStartedMayOverlap = mayOverlap;
        if (handler is null)
        {
            AnswerUnsupportedVersion(frame);
        }
        else
        {
            Start(handler, frame);
        }

        while (Volatile.Read(ref _payloadHeld))
        {
            await WaitForHandlersAsync();
        }

        _frames.EndFrame();
        return true;
    }

    private bool IsTurn(bool mayOverlap)
    {
        bool hasPlace = _startedCount - Volatile.Read(ref _writtenCount) < _pending.Length;
        bool isAlone = Volatile.Read(ref _handlersInProgress) == 0;
        return hasPlace && (isAlone || (mayOverlap && _lastStartedMayOverlap));
    }

    private ValueTask WaitForHandlersAsync()
    {
        _writerSignal.Set();
        return _readerSignal.WaitAsync();
    }

    private void Start(IRequestHandler handler, ReadOnlySequence<byte> frame)
    {
        short apiVersion = _frames.ApiVersion;
        IRequestMessage request = handler.CreateRequest();
        Parse(frame, handler.ApiKey, apiVersion, request);
        var pending = new PendingRequest
        {
            Connection = Client,
            ApiKey = handler.ApiKey,
            ApiVersion = apiVersion,
            CorrelationId = _requestHeader.CorrelationId,
            ReceivedAt = _lastActivity,
            ClientId = _requestHeader.ClientId,
            EndWaiting = _endWaiting.Token,
            OnPayloadConsumed = _onPayloadConsumed,
            HoldsPayload = handler.HoldsPayload,
            BudgetedBytes = _frames.TakeBudget(),
        };
        Volatile.Write(ref _payloadHeld, handler.HoldsPayload);
        Interlocked.Increment(ref _handlersInProgress);
        Enqueue(pending);

        // Its outcome is in the pending request, for which the writing loop waits: the connection does not end before.
        _ = RunHandlerAsync(handler, pending, request);
    }

    private void Enqueue(PendingRequest pending)
    {
        _pending[_startedCount % _pending.Length] = pending;
        Volatile.Write(ref _startedCount, _startedCount + 1);
    }

    private async Task RunHandlerAsync(IRequestHandler handler, PendingRequest pending, IRequestMessage request)
    {
        IResponseMessage? response = null;
        bool hasWaited = false;
        try
        {
            ValueTask<IResponseMessage?> handling = handler.HandleAsync(pending, request, _abortToken);
            hasWaited = !handling.IsCompleted;
            response = await handling;
        }
        catch (OperationCanceledException) when (_abortToken.IsCancellationRequested)
        {
            // It may hear of the broker's stop before the connection does.
            pending.CloseReason = ConnectionCloseReason.Aborted;
        }
        catch (Exception exception)
        {
            // Whatever a handler does wrong, the broker and its other clients go on.
            response = AnswerFailure(handler, pending, request, exception);
            pending.CloseReason = response is null ? ConnectionCloseReason.HandlerFailed : null;
        }

        pending.PayloadConsumed();
        handler.GiveBack(request);
        _services.Metrics.Requests.OnCompleted(handler.ApiKey, _services.TimeProvider.GetElapsedTime(pending.ReceivedAt), response);
        pending.Complete(response);
        Interlocked.Decrement(ref _handlersInProgress);
        if (hasWaited)
        {
            _writerSignal.Set();
            _readerSignal.Set();
        }
    }

    private IResponseMessage? AnswerFailure(
        IRequestHandler handler, RequestContext context, IRequestMessage request, Exception exception)
    {
        _services.Log.HandlerFailed(context, exception);
        try
        {
            return handler.CreateErrorResponse(request, ErrorCode.UnknownServerError);
        }
        catch (Exception second)
        {
            _services.Log.HandlerFailed(context, second);
            return null;
        }
    }

    /// <summary>Gives back the frame's memory, and lets the reading loop go on where it waits for that.</summary>
    private void ReleasePayload(RequestContext context)
    {
        if (context.BudgetedBytes > 0)
        {
            _services.InFlightBytes.Release(context.BudgetedBytes);
        }

        if (context.HoldsPayload)
        {
            Volatile.Write(ref _payloadHeld, false);
            _readerSignal.Set();
        }
    }

    /// <summary>
    /// KIP-511: a client that is newer than the broker learns from an answer in version 0 what it may use. Only the
    /// beginning of its header is read, which no version can change.
    /// </summary>
    private void AnswerUnsupportedVersion(ReadOnlySequence<byte> frame)
    {
        var reader = new MessageReader(frame);
        reader.ReadInt32("RequestHeader.RequestApiKeyAndVersion");
        var pending = new PendingRequest
        {
            Connection = Client,
            ApiKey = ApiKey.ApiVersions,
            ApiVersion = 0,
            CorrelationId = reader.ReadInt32("RequestHeader.CorrelationId"),
            ClientId = null,
            OnPayloadConsumed = _onPayloadConsumed,
            BudgetedBytes = _frames.TakeBudget(),
        };
        pending.PayloadConsumed();
        pending.Complete(_services.Dispatcher.ApiVersions.UnsupportedVersion());
        Enqueue(pending);
    }

    private void Parse(ReadOnlySequence<byte> frame, ApiKey apiKey, short apiVersion, IRequestMessage request)
    {
        var reader = new MessageReader(frame, recent: _recentStrings);
        _requestHeader.Reset();
        _requestHeader.Read(ref reader, ApiCatalog.RequestHeaderVersion(apiKey, apiVersion));

        // Bytes behind the request are ignored, as in Kafka.
        request.Read(ref reader, apiVersion);
    }
}
