using System.Buffers;
using System.Diagnostics;
using System.Text;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Telemetry;

/// <summary>Finds the W3C trace context that a producer put into the headers of its records.</summary>
internal static class RecordTraceContext
{
    // A compressed batch that is larger is not opened for it.
    private const int MaxBytes = 1 << 20;

    /// <summary>Looks into the first record of the first batch, which stands for those that were sent with it.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> batches, out ActivityContext context)
    {
        context = default;
        var reader = new RecordBatchReader(batches);
        if (!reader.TryRead(out var header, out var batch))
        {
            return false;
        }

        using var scratch = new PooledBuffer();
        if (!RecordBatchBody.Read(batch, header, MaxBytes, scratch, out var bytes).IsNone)
        {
            return false;
        }

        var records = new RecordReader(bytes, header);
        return records.TryRead(out var first) && TryRead(first, out context);
    }

    private static bool TryRead(in Record record, out ActivityContext context)
    {
        string? parent = null;
        string? state = null;
        var headers = record.Headers;
        while (headers.TryRead(out var key, out var value, out _))
        {
            if (key.SequenceEqual("traceparent"u8))
            {
                parent = Encoding.ASCII.GetString(value);
            }
            else if (key.SequenceEqual("tracestate"u8))
            {
                state = Encoding.ASCII.GetString(value);
            }
        }

        return ActivityContext.TryParse(parent, state, isRemote: true, out context);
    }
}
