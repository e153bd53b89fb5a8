using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Writes the Write method of a struct.</summary>
internal sealed class WriteEmitter(MessageDefinition message, StructDefinition owner) : FieldEmitter(message, owner)
{
    public void Emit(CodeWriter code, bool hasCheck)
    {
        CodeWriter body = code.Inner();
        if (hasCheck)
        {
            body.Line("ThrowIfUnsupported(version);");
        }

        EmitUntaggedFields(body, (lines, fields) => fields.ForEach(field => EmitField(lines, field)));
        EmitTaggedSection(body);
        Method(code, "void Write(ref MessageWriter writer, short version)", body);
    }

    protected override void EmitValue(CodeWriter code, Field field) => code.Line($"{WriteValue(field, field.Name)};");

    protected override void EmitSingleStruct(CodeWriter code, Field field)
    {
        if (field.NullableVersions.IsEmpty)
        {
            code.Line($"{field.Name}.Write(ref writer, version);");
            return;
        }

        string? nullable = FieldCode.VersionCondition(field.NullableVersions, field.Versions);
        if (nullable is not null)
        {
            code.Open($"if ({nullable})");
        }

        code.Line($"writer.WriteStructPresence({field.Name} is not null);");
        if (nullable is not null)
        {
            code.Close();
        }

        code.Line($"{field.Name}?.Write(ref writer, version);");
    }

    protected override void EmitArray(CodeWriter code, Field field)
    {
        string list = FieldCode.Stored(field);
        code.Line($"writer.WriteArrayLength({list}{FieldCode.Count(field)}, {Flexible(field)});");
        code.Open($"if ({list} is not null)");
        code.Open($"foreach ({FieldCode.ElementType(field)} element in {list})");
        code.Line(field.Kind == FieldKind.Struct ? "element.Write(ref writer, version);" : $"{WriteValue(field, "element")};");
        code.Close();
        code.Close();
    }

    private string WriteValue(Field field, string value)
    {
        string cast = field.IsErrorCode ? "(short)" : "";
        string flexible = FieldCode.FixedSize(field.Kind) is null ? $", {Flexible(field)}" : "";
        return $"writer.Write{FieldCode.WriteSuffix(field)}({cast}{value}{flexible})";
    }

    private void EmitTaggedSection(CodeWriter code)
    {
        if (OpenTaggedSection(code) is not bool opened)
        {
            return;
        }

        if (TaggedFields.Count == 0)
        {
            code.Line("writer.WriteUnsignedVarint((uint)(UnknownTaggedFields?.Count ?? 0));");
        }
        else
        {
            code.Line("int taggedFieldCount = UnknownTaggedFields?.Count ?? 0;");
            foreach (Field field in TaggedFields)
            {
                OpenTaggedField(code, field);
                code.Line("taggedFieldCount++;");
                code.Close();
            }

            code.Line("writer.WriteUnsignedVarint((uint)taggedFieldCount);");
            foreach (Field field in TaggedFields)
            {
                OpenTaggedField(code, field);
                code.Line($"writer.WriteTaggedFieldHeader({field.Tag}, {SizeEmitter.TaggedSizeMethod(field)}(version));");
                EmitField(code, field);
                code.Close();
            }
        }

        code.Line("writer.WriteUnknownTaggedFields(UnknownTaggedFields);");
        if (opened)
        {
            code.Close();
        }
    }
}
