using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>What consumers of the classic protocol put into JoinGroup and SyncGroup, which brokers otherwise pass on unread.</summary>
internal static class ClassicConsumerProtocol
{
    private const short NewestVersion = 3;

    /// <summary>Reads what a member says about itself.</summary>
    public static bool TryReadSubscription(ReadOnlyMemory<byte> metadata, [NotNullWhen(true)] out ConsumerProtocolSubscription? subscription) =>
        TryRead(metadata, out subscription);

    /// <summary>Reads what a member was assigned.</summary>
    public static bool TryReadAssignment(ReadOnlyMemory<byte> assignment, [NotNullWhen(true)] out ConsumerProtocolAssignment? partitions) =>
        TryRead(assignment, out partitions);

    /// <summary>Writes what a member is assigned, in the version that it uses itself.</summary>
    public static byte[] WriteAssignment(ClassicMember member, IEnumerable<AssignedPartition> partitions, ITopicDirectory topics)
    {
        var assignment = new ConsumerProtocolAssignment();
        foreach (var byTopic in partitions.GroupBy(partition => partition.TopicId).OrderBy(byTopic => byTopic.Key))
        {
            if (topics.TryGetTopic(byTopic.Key, out var name, out _))
            {
                assignment.AssignedPartitions.Add(new ConsumerProtocolAssignment.TopicPartition
                {
                    Topic = name,
                    Partitions = [.. byTopic.Select(partition => partition.Partition).Order()],
                });
            }
        }

        var version = VersionOf(member.Protocols[0].Metadata);
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(bytes);
        writer.WriteInt16(version);
        assignment.Write(ref writer, version);
        writer.Complete();
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The partitions of topics that exist.</summary>
    public static IReadOnlySet<AssignedPartition> ToPartitions(
        IEnumerable<ConsumerProtocolSubscription.TopicPartition> named, ITopicDirectory topics) =>
        ToPartitions(named.Select(topic => (topic.Topic, topic.Partitions)), topics);

    /// <inheritdoc cref="ToPartitions(IEnumerable{ConsumerProtocolSubscription.TopicPartition}, ITopicDirectory)"/>
    public static IReadOnlySet<AssignedPartition> ToPartitions(
        IEnumerable<ConsumerProtocolAssignment.TopicPartition> named, ITopicDirectory topics) =>
        ToPartitions(named.Select(topic => (topic.Topic, topic.Partitions)), topics);

    private static HashSet<AssignedPartition> ToPartitions(IEnumerable<(string Topic, List<int> Partitions)> named, ITopicDirectory topics)
    {
        var partitions = new HashSet<AssignedPartition>();
        foreach (var (topic, numbers) in named)
        {
            if (topics.TryGetTopic(topic, out var topicId, out _))
            {
                partitions.UnionWith(numbers.Select(number => new AssignedPartition(topicId, number)));
            }
        }

        return partitions;
    }

    private static bool TryRead<T>(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out T? message)
        where T : class, IMessage, new()
    {
        message = null;
        if (bytes.Length < sizeof(short))
        {
            return false;
        }

        try
        {
            var reader = new MessageReader(bytes[sizeof(short)..]);
            var read = new T();
            read.Read(ref reader, VersionOf(bytes));
            message = read;
            return true;
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }

    /// <summary>A newer version begins with what the newest known one has.</summary>
    private static short VersionOf(ReadOnlyMemory<byte> bytes) =>
        bytes.Length < sizeof(short) ? (short)0 : Math.Clamp(BinaryPrimitives.ReadInt16BigEndian(bytes.Span), (short)0, NewestVersion);
}
