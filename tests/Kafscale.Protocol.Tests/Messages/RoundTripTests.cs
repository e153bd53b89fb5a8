using System.Buffers;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Tests.Messages;

public sealed class RoundTripTests
{
    private const int MessagesPerVersion = 25;

    public static TheoryData<string> MessageNames => new(DefinitionFolder.Messages.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_message_is_read_back_as_it_was_written_in_every_version(string name) => ForRandomMessages(name, (message, version) =>
    {
        byte[] bytes = MessageBytes.Write(message, version);
        IMessage read = DefinitionFolder.Create(name);

        long remaining = MessageBytes.Read(read, new ReadOnlySequence<byte>(bytes), version);

        Assert.Equal(0, remaining);
        Assert.Equal(MessageText.Of(message), MessageText.Of(read));
    });

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void The_size_of_a_message_is_the_number_of_bytes_written(string name) => ForRandomMessages(name, (message, version) =>
        Assert.Equal(message.Size(version), MessageBytes.Write(message, version).Length));

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_message_is_read_the_same_from_many_short_segments(string name) => ForRandomMessages(name, (message, version) =>
    {
        byte[] bytes = MessageBytes.Write(message, version);
        foreach (int segmentLength in (int[])[1, 3, 7])
        {
            IMessage read = DefinitionFolder.Create(name);
            long remaining = MessageBytes.Read(read, Segments.Of(bytes, segmentLength), version);

            Assert.Equal(0, remaining);
            Assert.Equal(MessageText.Of(message), MessageText.Of(read));
        }
    });

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_message_is_written_the_same_into_short_spans(string name) => ForRandomMessages(name, (message, version) =>
    {
        var output = new ShortSpanWriter();
        var writer = new MessageWriter(output);
        message.Write(ref writer, version);
        writer.Complete();

        Assert.Equal(writer.BytesWritten, output.Written.Length);
        Assert.Equal(MessageBytes.Write(message, version), output.Written);
    });

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_request_that_was_reset_is_as_good_as_new_whatever_and_in_which_version_it_was_read_before(string name)
    {
        if (DefinitionFolder.Create(name) is not IRequestMessage used)
        {
            return;
        }

        string fresh = MessageText.Of(used);
        ForRandomMessages(name, (message, version) =>
        {
            MessageBytes.Read(used, new ReadOnlySequence<byte>(MessageBytes.Write(message, version)), version);
            Assert.Equal(MessageText.Of(message), MessageText.Of(used));

            used.Reset();
        });
        Assert.Equal(fresh, MessageText.Of(used));
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void What_follows_a_message_is_left_to_the_caller(string name) => ForRandomMessages(name, (message, version) =>
    {
        byte[] bytes = [.. MessageBytes.Write(message, version), 1, 2, 3];

        Assert.Equal(3, MessageBytes.Read(DefinitionFolder.Create(name), new ReadOnlySequence<byte>(bytes), version));
    });

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void A_new_message_is_written_and_read_back_as_new_in_every_version(string name)
    {
        MessageDefinition definition = DefinitionFolder.Messages[name];
        for (short version = definition.Versions.Lowest; version <= definition.Versions.Highest; version++)
        {
            IMessage message = DefinitionFolder.Create(name);
            MakeWritable(message, definition, version);
            IMessage read = DefinitionFolder.Create(name);
            MessageBytes.Read(read, new ReadOnlySequence<byte>(MessageBytes.Write(message, version)), version);

            Assert.Equal(MessageText.Of(message), MessageText.Of(read));
        }
    }

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Versions_outside_the_definition_are_refused(string name)
    {
        MessageDefinition definition = DefinitionFolder.Messages[name];
        IMessage message = DefinitionFolder.Create(name);
        foreach (int outside in (int[])[definition.Versions.Lowest - 1, definition.Versions.Highest + 1])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => message.Size((short)outside));
            Assert.Throws<ArgumentOutOfRangeException>(() => MessageBytes.Write(message, (short)outside));
            Assert.Throws<ArgumentOutOfRangeException>(() => MessageBytes.Read(message, ReadOnlySequence<byte>.Empty, (short)outside));
        }
    }

    private static void ForRandomMessages(string name, Action<IMessage, short> check)
    {
        MessageDefinition definition = DefinitionFolder.Messages[name];
        var random = new Random(name.Length);
        for (short version = definition.Versions.Lowest; version <= definition.Versions.Highest; version++)
        {
            for (int i = 0; i < MessagesPerVersion; i++)
            {
                check(RandomMessages.Create(definition, version, random), version);
            }
        }
    }

    /// <summary>Gives a value to what is null by default and must not be in this version.</summary>
    private static void MakeWritable(IMessage message, MessageDefinition definition, short version)
    {
        foreach (Field field in definition.Root.Fields)
        {
            bool mustNotBeNull = field.IsNullByDefault && field.Versions.Contains(version) && !field.NullableVersions.Contains(version);
            if (mustNotBeNull && field.Kind == FieldKind.String)
            {
                message.GetType().GetProperty(field.Name)!.SetValue(message, "");
            }
        }
    }

    /// <summary>Gives spans that are no longer than asked for.</summary>
    private sealed class ShortSpanWriter : IBufferWriter<byte>
    {
        private readonly List<byte> _written = [];
        private byte[] _span = [];

        public byte[] Written => [.. _written];

        public void Advance(int count) => _written.AddRange(_span.AsSpan(0, count));

        public Memory<byte> GetMemory(int sizeHint = 0) => _span = new byte[Math.Max(sizeHint, 1)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
