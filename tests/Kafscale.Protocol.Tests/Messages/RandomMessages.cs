using System.Buffers;
using System.Collections;
using System.Reflection;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>Fills messages with random values that the given version can carry.</summary>
internal sealed class RandomMessages(Random random, short version)
{
    private const int MaxArrayLength = 3;
    private const int FirstUnknownTag = 1000;

    private MessageDefinition _message = null!;
    private Type _messageType = null!;

    public static IMessage Create(MessageDefinition definition, short version, Random random)
    {
        IMessage message = DefinitionFolder.Create(definition.Name);
        var filler = new RandomMessages(random, version) { _message = definition, _messageType = message.GetType() };
        filler.Fill(message, definition.Root);
        return message;
    }

    private void Fill(object target, StructDefinition definition)
    {
        foreach (Field field in definition.Fields)
        {
            bool staysAtDefault = field.IsTagged && random.Next(2) == 0;
            if (field.Versions.Contains(version) && !staysAtDefault)
            {
                PropertyInfo property = target.GetType().GetProperty(field.Name)!;
                property.SetValue(target, Value(field, property));
            }
        }

        if (_message.FlexibleVersions.Contains(version) && random.Next(4) == 0)
        {
            List<UnknownTaggedField> unknown = [new(FirstUnknownTag, []), new(FirstUnknownTag + random.Next(1, 100_000), Bytes())];
            target.GetType().GetProperty("UnknownTaggedFields")!.SetValue(target, unknown);
        }
    }

    private object? Value(Field field, PropertyInfo property)
    {
        if (field.NullableVersions.Contains(version) && random.Next(4) == 0)
        {
            return null;
        }

        if (!field.IsArray)
        {
            return ElementValue(field);
        }

        var list = (IList)Activator.CreateInstance(property.PropertyType)!;
        int count = random.Next(MaxArrayLength + 1);
        for (int i = 0; i < count; i++)
        {
            list.Add(ElementValue(field));
        }

        return list;
    }

    private object ElementValue(Field field) => field.Kind switch
    {
        FieldKind.Bool => random.Next(2) == 0,
        FieldKind.Int8 => (sbyte)random.Next(),
        FieldKind.Int16 => field.IsErrorCode ? (ErrorCode)(short)random.Next() : (short)random.Next(),
        FieldKind.UInt16 => (ushort)random.Next(),
        FieldKind.Int32 => (int)random.NextInt64(),
        FieldKind.UInt32 => (uint)random.NextInt64(),
        FieldKind.Int64 => random.NextInt64(long.MinValue, long.MaxValue),
        FieldKind.Float64 => random.NextDouble(),
        FieldKind.Uuid => RandomGuid(),
        FieldKind.String => RandomString(),
        FieldKind.Bytes => Bytes(),
        FieldKind.Records => new ReadOnlySequence<byte>(Bytes()),
        FieldKind.Struct => Struct(field),
        _ => throw new InvalidOperationException($"No random {field.Kind}."),
    };

    private object Struct(Field field)
    {
        Type type = _messageType.GetNestedType(field.StructName!)!;
        object value = Activator.CreateInstance(type)!;
        Fill(value, field.Struct!);
        return value;
    }

    private Guid RandomGuid()
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private string RandomString()
    {
        // Mostly short, now and then long enough for a length of two bytes, and with characters of one to four bytes.
        string[] characters = ["a", "Z", "-", "é", "€", "😀"];
        int length = random.Next(10) == 0 ? random.Next(200) : random.Next(8);
        return string.Concat(Enumerable.Range(0, length).Select(_ => characters[random.Next(characters.Length)]));
    }

    private byte[] Bytes()
    {
        byte[] bytes = new byte[random.Next(10) == 0 ? random.Next(300) : random.Next(6)];
        random.NextBytes(bytes);
        return bytes;
    }
}
