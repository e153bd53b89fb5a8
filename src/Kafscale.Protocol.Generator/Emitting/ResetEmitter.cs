using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Writes the Reset method of a struct. One of what is read again and again keeps the structs in its lists for the next Read.</summary>
internal sealed class ResetEmitter(MessageDefinition message, StructDefinition owner) : StructEmitter(message, owner)
{
    // What one request has more of than this is not worth its memory once it is answered.
    private const int MaxKeptElements = 16;

    /// <summary>Whether the elements of a list are kept.</summary>
    public static bool IsKept(MessageDefinition message, Field field) =>
        message.Kind != MessageKind.Response && field.Kind == FieldKind.Struct && FieldCode.IsLazyList(field);

    /// <summary>The field that keeps the list of the last Read.</summary>
    public static string Spare(Field field) => $"_spare{field.Name}";

    public void Emit(CodeWriter code)
    {
        foreach (Field field in Owner.Fields)
        {
            if (IsKept(Message, field))
            {
                code.Line($"private {FieldCode.PropertyType(field)}? {Spare(field)};");
                code.Blank();
            }
        }

        if (IsMessage)
        {
            code.Line(Message.Kind == MessageKind.Response
                ? "/// <summary>Makes it as good as new.</summary>"
                : "/// <summary>Makes it as good as new. The next Read fills again what was taken from it before.</summary>");
        }

        code.Open($"{(IsMessage || Message.Kind == MessageKind.Response ? "public" : "internal")} void Reset()");
        foreach (Field field in Owner.Fields)
        {
            EmitField(code, field);
        }

        if (!FlexibleVersions.IsEmpty)
        {
            code.Line("UnknownTaggedFields = null;");
        }

        code.Close();
    }

    private void EmitField(CodeWriter code, Field field)
    {
        string stored = FieldCode.Stored(field);
        if (IsKept(Message, field))
        {
            code.Open($"if ({stored} is {{ Count: <= {MaxKeptElements} }})");
            code.Line($"{stored}.ForEach(static element => element.Reset());");
            code.Line($"{Spare(field)} = {stored};");
            code.Close();
            code.Line($"{stored} = null;");
        }
        else
        {
            code.Line($"{stored} = {FieldCode.InitialValue(field) ?? "default"};");
        }
    }
}
