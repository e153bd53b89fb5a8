using System.Buffers.Binary;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Fuzzing.Targets.Messages;

/// <summary>
/// What consumers of the classic protocol put into JoinGroup and SyncGroup: subscriptions (prefix 0) and assignments (prefix 1),
/// which begin with their version.
/// </summary>
internal sealed class ConsumerProtocolTarget : FuzzTarget
{
    private const byte Subscription = 0;
    private const byte Assignment = 1;
    private const short NewestVersion = 3;

    public override string Name => "consumer-protocol";

    public override int PrefixLength => 1;

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        if (input.Length < PrefixLength + sizeof(short))
        {
            return null;
        }

        ReadOnlyMemory<byte> bytes = input[PrefixLength..];
        IMessage? message = null;
        if (input.Span[0] == Subscription)
        {
            bool hasTopics = ConsumerSubscription.TryReadTopics(bytes.Span, new HashSet<string>());
            if (ClassicConsumerProtocol.TryReadSubscription(bytes, out ConsumerProtocolSubscription? subscription))
            {
                message = hasTopics ? subscription : throw new WrongResultException("A subscription is read, but not its topics.");
            }
        }
        else if (ClassicConsumerProtocol.TryReadAssignment(bytes, out ConsumerProtocolAssignment? assignment))
        {
            message = assignment;
        }

        // The versions that are not known yet are read as the newest that is.
        short version = Math.Clamp(BinaryPrimitives.ReadInt16BigEndian(bytes.Span), (short)0, NewestVersion);
        return message is null ? null : new ReadMessage(Prefix(input.Span[0], version), message, version);
    }

    public override byte[] Write(object read) => ((ReadMessage)read).Write();

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int i = 0; i < 8; i++)
        {
            for (short version = 0; version <= NewestVersion; version++)
            {
                yield return CreateExample(new ConsumerProtocolSubscription(), Subscription, version, random);
                yield return CreateExample(new ConsumerProtocolAssignment(), Assignment, version, random);
            }
        }
    }

    private static byte[] CreateExample(IMessage message, byte kind, short version, Random random)
    {
        RandomMessage.Fill(message, version, random);
        return new ReadMessage(Prefix(kind, version), message, version).Write();
    }

    private static byte[] Prefix(byte kind, short version) => [kind, (byte)(version >> 8), (byte)version];
}
