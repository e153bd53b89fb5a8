using System.Buffers;
using System.Collections;
using System.Reflection;
using Kafscale.Protocol;

namespace Kafscale.Fuzzing.Targets.Messages;

/// <summary>
/// Fills a message with random values. Which fields a version has is asked of the message itself: what it cannot write is taken
/// back.
/// </summary>
internal sealed class RandomMessage
{
    private readonly IMessage _message;
    private readonly short _version;
    private readonly Random _random;

    private RandomMessage(IMessage message, short version, Random random)
    {
        _message = message;
        _version = version;
        _random = random;
    }

    public static void Fill(IMessage message, short version, Random random) => new RandomMessage(message, version, random).Fill(message);

    private void Fill(object target)
    {
        PropertyInfo[] properties = [.. target.GetType().GetProperties().Where(property => property.CanWrite)];
        foreach (PropertyInfo property in properties)
        {
            object? before = property.GetValue(target);
            property.SetValue(target, RandomValue(property.PropertyType));
            if (!IsWritable())
            {
                property.SetValue(target, before);
                continue;
            }

            FillElements(property.GetValue(target));
        }
    }

    private void FillElements(object? value)
    {
        if (value is IList list and not Array)
        {
            foreach (object? element in list)
            {
                FillElements(element);
            }
        }
        else if (value?.GetType() is { IsClass: true, IsNested: true })
        {
            Fill(value);
        }
    }

    private bool IsWritable()
    {
        try
        {
            _message.Size(_version);
            return true;
        }
        catch (Exception exception) when (exception is UnsupportedVersionException or NullReferenceException or ArgumentNullException)
        {
            return false;
        }
    }

    private object? RandomValue(Type type)
    {
        if (type == typeof(string))
        {
            return RandomText();
        }

        if (type == typeof(byte[]))
        {
            return Bytes.Random(_random, 12);
        }

        if (type == typeof(UnknownTaggedField))
        {
            return new UnknownTaggedField(1000 + _random.Next(100), Bytes.Random(_random, 4));
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
        {
            return RandomList(type);
        }

        Type valueType = Nullable.GetUnderlyingType(type) ?? type;
        return valueType.IsClass ? CreateStruct(valueType) : RandomNumber(valueType);
    }

    private object RandomNumber(Type type)
    {
        // Mostly small, as in practice: ids, counts, versions.
        long number = _random.Next(3) == 0 ? _random.NextInt64(long.MinValue, long.MaxValue) : _random.Next(-1, 10);
        return Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => Enum.ToObject(type, (short)number),
            TypeCode.Boolean => (number & 1) == 0,
            TypeCode.SByte => (sbyte)number,
            TypeCode.Int16 => (short)number,
            TypeCode.UInt16 => (ushort)number,
            TypeCode.Int32 => (int)number,
            TypeCode.UInt32 => (uint)number,
            TypeCode.Int64 => number,
            TypeCode.Double => (double)number,
            _ when type == typeof(Guid) => new Guid((int)number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            _ when type == typeof(ReadOnlySequence<byte>) => new ReadOnlySequence<byte>(Bytes.Random(_random, 80)),
            _ => throw new NotSupportedException($"No random {type}."),
        };
    }

    private object RandomList(Type type)
    {
        var list = (IList)Activator.CreateInstance(type)!;
        Type elementType = type.GetGenericArguments()[0];
        int count = elementType == typeof(UnknownTaggedField) ? _random.Next(2) : _random.Next(1, 3);
        for (int i = 0; i < count; i++)
        {
            list.Add(RandomValue(elementType));
        }

        return list;
    }

    /// <summary>A struct in which nothing is null, so that it can be written in every version that has it.</summary>
    private static object CreateStruct(Type type)
    {
        object value = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.PropertyType == typeof(string)))
        {
            if (property.GetValue(value) is null)
            {
                property.SetValue(value, "");
            }
        }

        return value;
    }

    private string RandomText()
    {
        string[] texts = ["", "t", "topic-1", "group", "é€😀", "range", "__consumer_offsets", new string('x', 130)];
        return texts[_random.Next(texts.Length)];
    }
}
