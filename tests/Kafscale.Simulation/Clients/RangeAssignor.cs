using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Simulation.Clients;

/// <summary>Kafka's <c>range</c>: each member has partitions that follow one another of each topic.</summary>
internal static class RangeAssignor
{
    public const string Name = "range";

    private const short Version = 0;

    public static byte[] Subscription(IEnumerable<string> topics) =>
        Write(new ConsumerProtocolSubscription { Topics = [.. topics] });

    /// <summary>Who reads what.</summary>
    /// <param name="members">Their ids; all have subscribed to all topics.</param>
    /// <param name="partitionCounts">The topics.</param>
    public static Dictionary<string, byte[]> Assign(IEnumerable<string> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var ordered = members.Order(StringComparer.Ordinal).ToList();
        return ordered.Select((member, i) => (member, assignment: new ConsumerProtocolAssignment
        {
            AssignedPartitions = [.. partitionCounts.Select(topic => new ConsumerProtocolAssignment.TopicPartition
            {
                Topic = topic.Key,
                Partitions = [.. Enumerable.Range(0, topic.Value).Where(partition => partition * ordered.Count / topic.Value == i)],
            })],
        })).ToDictionary(one => one.member, one => Write(one.assignment));
    }

    public static IEnumerable<(string Topic, int Partition)> Read(ReadOnlyMemory<byte> assignment)
    {
        if (assignment.IsEmpty)
        {
            return [];
        }

        var message = new ConsumerProtocolAssignment();
        var reader = new MessageReader(assignment[sizeof(short)..]);
        message.Read(ref reader, BinaryPrimitives.ReadInt16BigEndian(assignment.Span));
        return message.AssignedPartitions.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition)));
    }

    private static byte[] Write(IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(buffer);
        writer.WriteInt16(Version);
        message.Write(ref writer, Version);
        writer.Complete();
        return buffer.WrittenSpan.ToArray();
    }
}
