using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>Everything that a message holds as text, so that two messages can be compared and a difference be read.</summary>
internal static class MessageText
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string characters:
                text.Append('"').Append(characters).Append('"');
                break;
            case byte[] bytes:
                text.Append(Convert.ToHexString(bytes));
                break;
            case ReadOnlySequence<byte> bytes:
                text.Append(Convert.ToHexString(bytes.ToArray()));
                break;
            case UnknownTaggedField field:
                text.Append(CultureInfo.InvariantCulture, $"{field.Tag}=");
                Append(text, field.Data);
                break;
            case IList list:
                text.Append('[');
                foreach (object? element in list)
                {
                    Append(text, element);
                    text.Append(", ");
                }

                text.Append(']');
                break;
            case IFormattable formattable:
                text.Append(formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                text.Append(flag);
                break;
            default:
                AppendProperties(text, value);
                break;
        }
    }

    private static void AppendProperties(StringBuilder text, object value)
    {
        text.Append(value.GetType().Name).Append(" { ");
        foreach (PropertyInfo property in value.GetType().GetProperties().OrderBy(property => property.MetadataToken))
        {
            text.Append(property.Name).Append(": ");
            Append(text, property.GetValue(value));
            text.Append("; ");
        }

        text.Append('}');
    }
}
