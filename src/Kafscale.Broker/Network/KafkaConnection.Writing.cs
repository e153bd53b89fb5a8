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

    /// <summary>Writes the responses that are ready and next in the order, and flushes once; false where no request was completed.</summary>
    private async ValueTask<bool> WriteCompletedAsync()
    {
        bool anyCompleted = false;
        bool anyWritten = false;
        while (_writtenCount < Volatile.Read(ref _startedCount)
            && _pending[_writtenCount % _pending.Length] is { IsCompleted: true } pending)
        {
            anyCompleted = true;
            anyWritten |= await WriteAsync(pending);
            DisposeResources(pending);
            _pending[_writtenCount % _pending.Length] = null;
            Volatile.Write(ref _writtenCount, _writtenCount + 1);
        }

        if (anyWritten)
        {
            await FlushAsync();
        }

        return anyCompleted;
    }

    /// <summary>Writes the response of a request, or does what takes its place; true where there is something to flush.</summary>
    private async ValueTask<bool> WriteAsync(PendingRequest pending)
    {
        if (Volatile.Read(ref _discardsResponses))
        {
            return false;
        }

        if (pending.CloseReason is { } reason)
        {
            // Those behind it cannot be answered either: the client would take their answers for this one's.
            Volatile.Write(ref _discardsResponses, true);
            CloseFor(reason, $"{pending.ApiKey} failed and cannot be answered");
            return false;
        }

        if (pending.Response is not { } response)
        {
            return false;
        }

        try
        {
            await _responses.WriteAsync(pending.CorrelationId, pending.ApiVersion, response);
            return true;
        }
        catch (ConnectionFaultException)
        {
            EndOutput();
        }
        catch (Exception exception)
        {
            // A response that cannot be written as it is, perhaps after a part of it was.
            _services.Log.HandlerFailed(pending, exception);
            Abort(ConnectionCloseReason.HandlerFailed, $"the response of {pending.ApiKey} cannot be written");
        }

        return false;
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

    /// <summary>
    /// The client does not take anything any more. What it sent before is done without an answer; that it has gone is
    /// known for certain when its input ends.
    /// </summary>
    private void EndOutput()
    {
        Volatile.Write(ref _discardsResponses, true);
        TrySetCloseReason(ConnectionCloseReason.ClientClosed);
    }

    private void DisposeResources(PendingRequest pending)
    {
        try
        {
            pending.DisposeResources();
        }
        catch (Exception exception)
        {
            // Responses of other requests must not be lost for it.
            _services.Log.HandlerFailed(pending, exception);
        }
    }
}
