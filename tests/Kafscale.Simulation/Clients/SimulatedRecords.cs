using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Protocol.Records;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Batches whose records tell who has sent them.</summary>
internal static class SimulatedRecords
{
    private const int IdBytes = 2 * sizeof(int);

    /// <summary>Builds a batch of records with numbers that follow one another.</summary>
    public static byte[] Build(RecordBatchBuilder builder, long timestampMs, RecordId first, int count, int paddingBytes)
    {
        for (var i = 0; i < count; i++)
        {
            var value = new byte[IdBytes + paddingBytes];
            BinaryPrimitives.WriteInt32BigEndian(value, first.Producer);
            BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(sizeof(int)), first.Number + i);
            builder.Append(timestampMs, null, value);
        }

        return builder.Build();
    }

    /// <summary>Every record from an offset on.</summary>
    /// <exception cref="InvalidDataException">What was fetched is not whole and right.</exception>
    public static List<ReadRecord> Read(ReadOnlySequence<byte> records, long fromOffset)
    {
        var result = new List<ReadRecord>();
        var batches = new RecordBatchReader(records);
        while (batches.TryRead(out var header, out var batch))
        {
            var error = RecordBatchValidator.Validate(batch, header, new RecordBatchLimits { MaxBatchBytes = int.MaxValue });
            if (!error.IsNone)
            {
                throw new InvalidDataException(error.Message);
            }

            using var buffer = new PooledBuffer();
            RecordBatchBody.Read(batch, header, int.MaxValue, buffer, out var body);
            var reader = new RecordReader(body, header);
            while (reader.TryRead(out var record))
            {
                if (record.Offset >= fromOffset)
                {
                    result.Add(new ReadRecord(record.Offset, new RecordId(
                        BinaryPrimitives.ReadInt32BigEndian(record.Value), BinaryPrimitives.ReadInt32BigEndian(record.Value[sizeof(int)..]))));
                }
            }
        }

        return batches.Error.IsNone ? result : throw new InvalidDataException(batches.Error.Message);
    }
}
