using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Partitions;

/// <summary>A checked batch that was copied into append memory and has no offset yet.</summary>
/// <param name="Header">As the producer sent it.</param>
/// <param name="Memory">The copy, owned by whoever holds this.</param>
internal readonly record struct PreparedBatch(RecordBatchHeader Header, BufferReservation Memory);
