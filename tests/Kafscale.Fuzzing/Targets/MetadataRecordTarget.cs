using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Fuzzing.Targets;

/// <summary>The values of the metadata store. The prefix is the number of the message among those of the definitions.</summary>
internal sealed class MetadataRecordTarget : FuzzTarget
{
    private static readonly MessageDescriptor[] Messages = [.. ClusterReflection.Descriptor.MessageTypes, .. GroupsReflection.Descriptor.MessageTypes];

    public override string Name => "metadata-records";

    public override int PrefixLength => 1;

    public override bool IsRefusal(Exception exception) => exception is InvalidProtocolBufferException;

    public override object? Read(ReadOnlyMemory<byte> input) =>
        input.IsEmpty || input.Span[0] >= Messages.Length ? null : Messages[input.Span[0]].Parser.ParseFrom(input.Span[1..]);

    public override byte[] Write(object read)
    {
        var message = (IMessage)read;
        return [(byte)Array.IndexOf(Messages, message.Descriptor), .. message.ToByteArray()];
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        foreach (MessageDescriptor descriptor in Messages)
        {
            for (int i = 0; i < 3; i++)
            {
                yield return Write(Fill(descriptor, random, depth: 0));
            }
        }
    }

    private static IMessage Fill(MessageDescriptor descriptor, Random random, int depth)
    {
        IMessage message = descriptor.Parser.ParseFrom([]);
        foreach (FieldDescriptor field in descriptor.Fields.InDeclarationOrder())
        {
            if (field.IsMap)
            {
                ((IDictionary)field.Accessor.GetValue(message)).Add("retention.ms", "1000");
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (int count = random.Next(3); count > 0; count--)
                {
                    list.Add(RandomValue(field, random, depth));
                }
            }
            else if (random.Next(3) > 0)
            {
                field.Accessor.SetValue(message, RandomValue(field, random, depth));
            }
        }

        return message;
    }

    private static object RandomValue(FieldDescriptor field, Random random, int depth) => field.FieldType switch
    {
        FieldType.Int32 => random.Next(3) == 0 ? (int)random.NextInt64() : random.Next(-2, 100),
        FieldType.Int64 => random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(-2, 100),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.String => "text" + random.Next(10),
        FieldType.Bytes => ByteString.CopyFrom(Bytes.Random(random, 16)),
        FieldType.Message => Fill(field.MessageType, random, depth + 1),
        _ => throw new NotSupportedException($"No random {field.FieldType}."),
    };
}
