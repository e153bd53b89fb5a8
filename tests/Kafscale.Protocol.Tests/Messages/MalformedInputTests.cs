using System.Buffers;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Tests.Messages;

public sealed class MalformedInputTests
{
    private const int MutationsPerVersion = 300;

    // Generous for what a message of a few hundred bytes becomes, small against what a claimed length could ask for.
    private const long MaxAllocatedBytes = 1 << 20;

    public static TheoryData<string> MessageNames => RoundTripTests.MessageNames;

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_message_that_is_cut_off_anywhere_is_refused(string name)
    {
        MessageDefinition definition = DefinitionFolder.Messages[name];
        var random = new Random(1);
        for (short version = definition.Versions.Lowest; version <= definition.Versions.Highest; version++)
        {
            byte[] bytes = MessageBytes.Write(RandomMessages.Create(definition, version, random), version);
            for (int length = 0; length < bytes.Length; length++)
            {
                byte[] cut = bytes[..length];
                short currentVersion = version;
                Assert.Throws<MalformedMessageException>(
                    () => MessageBytes.Read(DefinitionFolder.Create(name), new ReadOnlySequence<byte>(cut), currentVersion));
                Assert.Throws<MalformedMessageException>(
                    () => MessageBytes.Read(DefinitionFolder.Create(name), Segments.Of(cut, 5), currentVersion));
            }
        }
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Damaged_bytes_are_a_message_or_refused_and_cost_little_memory(string name)
    {
        MessageDefinition definition = DefinitionFolder.Messages[name];
        var random = new Random(2);
        for (short version = definition.Versions.Lowest; version <= definition.Versions.Highest; version++)
        {
            for (int i = 0; i < MutationsPerVersion; i++)
            {
                byte[] bytes = MessageBytes.Write(RandomMessages.Create(definition, version, random), version);
                Damage(bytes, random);
                IMessage message = DefinitionFolder.Create(name);
                long before = GC.GetAllocatedBytesForCurrentThread();
                ReadOrRefuse(message, bytes, version);

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Noise_is_a_message_or_refused_and_costs_little_memory(string name)
    {
        MessageDefinition definition = DefinitionFolder.Messages[name];
        var random = new Random(3);
        for (short version = definition.Versions.Lowest; version <= definition.Versions.Highest; version++)
        {
            for (int i = 0; i < MutationsPerVersion; i++)
            {
                byte[] bytes = new byte[random.Next(200)];
                random.NextBytes(bytes);
                IMessage message = DefinitionFolder.Create(name);
                long before = GC.GetAllocatedBytesForCurrentThread();
                ReadOrRefuse(message, bytes, version);

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
            }
        }
    }

    private static void Damage(byte[] bytes, Random random)
    {
        byte[] interesting = [0x00, 0x01, 0x7F, 0x80, 0xFF];
        for (int i = 0; bytes.Length > 0 && i < 1 + random.Next(4); i++)
        {
            bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : interesting[random.Next(interesting.Length)];
        }
    }

    private static void ReadOrRefuse(IMessage message, byte[] bytes, short version)
    {
        try
        {
            MessageBytes.Read(message, new ReadOnlySequence<byte>(bytes), version);
        }
        catch (MalformedMessageException)
        {
            // One of the two permitted outcomes; any other exception fails the test.
        }
    }
}
