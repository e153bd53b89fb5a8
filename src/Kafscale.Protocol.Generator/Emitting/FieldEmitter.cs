using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Writes a method that does something with each field, by the kind of the field.</summary>
internal abstract class FieldEmitter(MessageDefinition message, StructDefinition owner) : StructEmitter(message, owner)
{
    /// <summary>Writes the code of a field that is there.</summary>
    protected void EmitField(CodeWriter code, Field field)
    {
        if (field.IsArray)
        {
            EmitArray(code, field);
        }
        else if (field.Kind == FieldKind.Struct)
        {
            EmitSingleStruct(code, field);
        }
        else
        {
            EmitValue(code, field);
        }
    }

    protected abstract void EmitArray(CodeWriter code, Field field);

    protected abstract void EmitSingleStruct(CodeWriter code, Field field);

    protected abstract void EmitValue(CodeWriter code, Field field);
}
