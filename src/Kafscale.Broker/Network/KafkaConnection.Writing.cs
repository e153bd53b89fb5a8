using Kafscale.Protocol;

namespace Kafscale.Broker.Network;

internal sealed partial class KafkaConnection
{
    private async Task WriteResponsesAsync()
    {
        while (true)
        {
            if (await WriteCompletedAsync())
            {
                MarkActive();
                _readerSignal.Set();
            }

            if (Volatile.Read(ref _readingEnded) && _writtenCount == Volatile.Read(ref _startedCount))
            {
                return;
            }

            await _writerSignal.WaitAsync();
        }
    }

    /// <summary>Writes the responses that are ready and next in the order, and flushes once; false where there were none.</summary>
    private async ValueTask<bool> WriteCompletedAsync()
    {
        bool any = false;
        while (_writtenCount < Volatile.Read(ref _startedCount)
            && _pending[_writtenCount % _pending.Length] is { IsCompleted: true } pending)
        {
            any = true;
            await WriteAsync(pending);
            DisposeResources(pending);
            _pending[_writtenCount % _pending.Length] = null;
            Volatile.Write(ref _writtenCount, _writtenCount + 1);
        }

        if (any)
        {
            await FlushAsync();
        }

        return any;
    }

    private async ValueTask WriteAsync(PendingRequest pending)
    {
        if (Volatile.Read(ref _discardsResponses))
        {
            return;
        }

        if (pending.ClosesConnection)
        {
            // Those behind it cannot be answered either: the client would take their answers for this one's.
            Volatile.Write(ref _discardsResponses, true);
            CloseFor(ConnectionCloseReason.HandlerFailed, $"{pending.Context.ApiKey} failed and cannot be answered");
            return;
        }

        if (pending.Response is not { } response)
        {
            return;
        }

        try
        {
            await _responses.WriteAsync(pending.Context.CorrelationId, pending.Context.ApiVersion, response);
        }
        catch (ConnectionFaultException)
        {
            EndOutput();
        }
        catch (Exception exception)
        {
            // A response that cannot be written as it is, perhaps after a part of it was.
            _services.Log.HandlerFailed(pending.Context, exception);
            Abort(ConnectionCloseReason.HandlerFailed, $"the response of {pending.Context.ApiKey} cannot be written");
        }
    }

    private async ValueTask FlushAsync()
    {
        try
        {
            await _responses.FlushAsync();
        }
        catch (ConnectionFaultException)
        {
            EndOutput();
        }
        catch (Exception exception)
        {
            _services.Log.ConnectionFailed(Client, exception);
            EndOutput();
        }
    }

    /// <summary>The client does not take anything any more: nothing further is begun, and what is in progress is not answered.</summary>
    private void EndOutput()
    {
        Volatile.Write(ref _discardsResponses, true);
        TrySetCloseReason(ConnectionCloseReason.ClientClosed);
        RequestStop();
    }

    private void DisposeResources(PendingRequest pending)
    {
        try
        {
            pending.Context.DisposeResources();
        }
        catch (Exception exception)
        {
            // Responses of other requests must not be lost for it.
            _services.Log.HandlerFailed(pending.Context, exception);
        }
    }
}
