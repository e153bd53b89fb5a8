using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Writes the Read method of a struct.</summary>
internal sealed class ReadEmitter(MessageDefinition message, StructDefinition owner) : FieldEmitter(message, owner)
{
    public void Emit(CodeWriter code)
    {
        CodeWriter body = code.Inner();
        EmitUntaggedFields(body, (lines, fields) => fields.ForEach(field => EmitField(lines, field)));
        EmitTaggedSection(body);
        Method(code, "void Read(ref MessageReader reader, short version)", body);
    }

    protected override void EmitValue(CodeWriter code, Field field) => code.Line($"{field.Name} = {Value(field)};");

    protected override void EmitSingleStruct(CodeWriter code, Field field)
    {
        if (field.NullableVersions.IsEmpty)
        {
            if (field.IsTagged)
            {
                code.Line($"{field.Name} = new {field.StructName}();");
            }

            code.Line($"{field.Name}.Read(ref reader, version);");
            return;
        }

        string? nullable = FieldCode.VersionCondition(field.NullableVersions, field.Versions);
        string presence = $"reader.ReadStructPresence({Path(field)})";
        code.Open(nullable is null ? $"if ({presence})" : $"if (!({nullable}) || {presence})");
        code.Line($"{field.Name} = new {field.StructName}();");
        code.Line($"{field.Name}.Read(ref reader, version);");
        code.Close();
    }

    protected override void EmitArray(CodeWriter code, Field field)
    {
        string count = FieldCode.Local(field.Name) + "Count";
        string list = FieldCode.Local(field.Name) + "List";
        string stored = FieldCode.Stored(field);
        code.Line($"int {count} = {Nullable(field, "ArrayLength")};");
        code.Line($"{stored} = null;");
        code.Open($"if ({count} {(FieldCode.IsLazyList(field) ? ">" : ">=")} 0)");
        if (ResetEmitter.IsKept(Message, field))
        {
            EmitListOfLastRead(code, field, list, count);
        }
        else
        {
            EmitNewList(code, field, list, count);
        }

        code.Line($"{stored} = {list};");
        code.Close();
    }

    private void EmitNewList(CodeWriter code, Field field, string list, string count)
    {
        code.Line($"var {list} = new List<{FieldCode.ElementType(field)}>({count});");
        code.Open($"for (int i = 0; i < {count}; i++)");
        if (field.Kind == FieldKind.Struct)
        {
            code.Line($"var element = new {field.StructName}();");
            code.Line("element.Read(ref reader, version);");
            code.Line($"{list}.Add(element);");
        }
        else
        {
            code.Line($"{list}.Add({ElementValue(field)});");
        }

        code.Close();
    }

    // The structs of the last Read are filled again; there may be too few of them, or too many.
    private static void EmitListOfLastRead(CodeWriter code, Field field, string list, string count)
    {
        string spare = ResetEmitter.Spare(field);
        string kept = list + "Kept";
        code.Line($"List<{field.StructName}> {list} = {spare} ?? new({count});");
        code.Line($"{spare} = null;");
        code.Line($"int {kept} = {list}.Count;");
        code.Open($"for (int i = 0; i < {count}; i++)");
        code.Line($"{field.StructName} element = i < {kept} ? {list}[i] : new();");
        code.Line("element.Read(ref reader, version);");
        code.Open($"if (i >= {kept})");
        code.Line($"{list}.Add(element);");
        code.Close();
        code.Close();
        code.Open($"if ({count} < {kept})");
        code.Line($"{list}.RemoveRange({count}, {kept} - {count});");
        code.Close();
    }

    /// <summary>An expression for a field that is neither an array nor a struct.</summary>
    private string Value(Field field) => FieldCode.FixedSize(field.Kind) is null
        ? Nullable(field, FieldCode.MethodSuffix(field.Kind))
        : ElementValue(field);

    private string ElementValue(Field field)
    {
        string cast = field.IsErrorCode ? "(ErrorCode)" : "";
        string flexible = FieldCode.FixedSize(field.Kind) is null ? Flexible(field) + ", " : "";
        return $"{cast}reader.Read{FieldCode.MethodSuffix(field.Kind)}({flexible}{Path(field)})";
    }

    /// <summary>A call of the method for the nullable form in the versions that allow null.</summary>
    private string Nullable(Field field, string suffix)
    {
        string arguments = $"({Flexible(field)}, {Path(field)})";
        string plain = $"reader.Read{suffix}{arguments}";
        string nullable = $"reader.ReadNullable{suffix}{arguments}";
        if (field.NullableVersions.IsEmpty)
        {
            return plain;
        }

        string? condition = FieldCode.VersionCondition(field.NullableVersions, field.Versions);
        return condition is null ? nullable : $"{condition} ? {nullable} : {plain}";
    }

    private void EmitTaggedSection(CodeWriter code)
    {
        if (OpenTaggedSection(code) is not bool opened)
        {
            return;
        }

        if (TaggedFields.Count == 0)
        {
            code.Line($"UnknownTaggedFields = reader.ReadUnknownTaggedFields(\"{Owner.Name}\");");
        }
        else
        {
            code.Line($"int taggedFieldCount = reader.ReadTaggedFieldCount(\"{Owner.Name}\");");
            code.Open("for (int taggedField = 0; taggedField < taggedFieldCount; taggedField++)");
            code.Line($"int tag = reader.BeginTaggedField(out long end, \"{Owner.Name}\");");
            code.Open("switch (tag)");
            TaggedFields.ForEach(field => EmitTaggedField(code, field));
            code.Open("default:");
            code.Line("UnknownTaggedFields ??= [];");
            code.Line("UnknownTaggedFields.Add(reader.ReadUnknownTaggedField(tag, end));");
            code.Line("break;");
            code.Close();
            code.Close();
            code.Close();
        }

        if (opened)
        {
            code.Close();
        }
    }

    private void EmitTaggedField(CodeWriter code, Field field)
    {
        string? condition = FieldCode.VersionCondition(field.Versions, FlexibleVersions);
        code.Open(condition is null ? $"case {field.Tag}:" : $"case {field.Tag} when {condition}:");
        EmitField(code, field);
        code.Line($"reader.EndTaggedField(end, {Path(field)});");
        code.Line("break;");
        code.Close();
    }
}
