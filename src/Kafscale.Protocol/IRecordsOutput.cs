using System.Buffers;

namespace Kafscale.Protocol;

/// <summary>An output that takes records as they are, so that a large response need not be copied as a whole before it is sent.</summary>
public interface IRecordsOutput : IBufferWriter<byte>
{
    /// <summary>Takes records by reference, behind the bytes that were advanced over before.</summary>
    void WriteRecords(ReadOnlySequence<byte> records);
}
