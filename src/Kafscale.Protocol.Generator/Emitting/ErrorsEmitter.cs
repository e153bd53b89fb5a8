using System.Linq;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Writes TellErrors, which names every error that a response carries, wherever in it that is.</summary>
internal sealed class ErrorsEmitter(MessageDefinition message, StructDefinition owner)
{
    /// <summary>Writes nothing for a struct that cannot carry an error; a response has the method in any case.</summary>
    public void Emit(CodeWriter code)
    {
        bool isResponse = owner == message.Root;
        if (!isResponse && !HasErrors(owner))
        {
            return;
        }

        code.Blank();
        if (isResponse)
        {
            code.Line("/// <inheritdoc/>");
        }

        code.Open($"{(isResponse ? "public" : "internal")} void TellErrors(IErrorListener listener)");
        foreach (Field field in owner.Fields)
        {
            if (field.IsErrorCode)
            {
                code.Open($"if ({field.Name} != ErrorCode.None)");
                code.Line($"listener.OnError({field.Name});");
                code.Close();
            }
            else if (field.Struct is { } part && HasErrors(part))
            {
                EmitPart(code, field);
            }
        }

        code.Close();
    }

    private static bool HasErrors(StructDefinition definition) =>
        definition.Fields.Any(field => field.IsErrorCode || (field.Struct is { } part && HasErrors(part)));

    private static void EmitPart(CodeWriter code, Field field)
    {
        if (!field.IsArray)
        {
            code.Line($"{field.Name}{(FieldCode.IsNullableProperty(field) ? "?" : "")}.TellErrors(listener);");
            return;
        }

        string list = FieldCode.Stored(field);
        code.Open($"if ({list} is not null)");
        code.Open($"foreach ({FieldCode.ElementType(field)} element in {list})");
        code.Line("element.TellErrors(listener);");
        code.Close();
        code.Close();
    }
}
