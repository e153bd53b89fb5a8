using System.Buffers;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Partitions;

/// <summary>A batch that was read, and its header.</summary>
internal readonly record struct RecordBatchView(RecordBatchHeader Header, ReadOnlySequence<byte> Bytes);
