using System.Collections.Generic;
using System.Linq;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Writes the Size method of a struct, and one for each of its tagged fields, whose size goes before them.</summary>
internal sealed class SizeEmitter(MessageDefinition message, StructDefinition owner) : FieldEmitter(message, owner)
{
    public static string TaggedSizeMethod(Field field) => $"SizeOf{field.Name}";

    public void Emit(CodeWriter code, bool hasCheck)
    {
        CodeWriter body = code.Inner();
        if (hasCheck)
        {
            body.Line("ThrowIfUnsupported(version);");
        }

        body.Line("int size = 0;");
        EmitUntaggedFields(body, EmitFields);
        EmitTaggedSection(body);
        body.Line("return size;");
        Method(code, "int Size(short version)", body);
        foreach (Field field in TaggedFields)
        {
            code.Blank();
            code.Open($"private int {TaggedSizeMethod(field)}(short version)");
            code.Line("int size = 0;");
            EmitField(code, field);
            code.Line("return size;");
            code.Close();
        }
    }

    private void EmitFields(CodeWriter code, List<Field> fields)
    {
        List<Field> fixedFields = fields.FindAll(HasFixedSize);
        if (fixedFields.Count > 0)
        {
            int? total = fixedFields.Sum(field => FieldCode.FixedSize(field.Kind));
            code.Line($"size += {total}; // {string.Join(", ", fixedFields.Select(field => field.Name))}");
        }

        fields.FindAll(field => !HasFixedSize(field)).ForEach(field => EmitField(code, field));
    }

    private static bool HasFixedSize(Field field) => !field.IsArray && FieldCode.FixedSize(field.Kind) is not null;

    protected override void EmitValue(CodeWriter code, Field field) => code.Line($"size += {ValueSize(field, field.Name)};");

    protected override void EmitSingleStruct(CodeWriter code, Field field)
    {
        if (FieldCode.IsOptionalStruct(field))
        {
            code.Line($"size += {field.Name}!.Size(version);");
            return;
        }

        if (field.NullableVersions.IsEmpty)
        {
            code.Line($"size += {field.Name}.Size(version);");
            return;
        }

        string? nullable = FieldCode.VersionCondition(field.NullableVersions, field.Versions);
        code.Line(nullable is null ? "size += 1;" : $"size += {nullable} ? 1 : 0;");
        code.Line($"size += {field.Name}?.Size(version) ?? 0;");
    }

    protected override void EmitArray(CodeWriter code, Field field)
    {
        string list = FieldCode.Stored(field);
        code.Line($"size += MessageSize.OfArrayLength({list}{FieldCode.Count(field)}, {Flexible(field)});");
        if (FieldCode.FixedSize(field.Kind) is int fixedSize)
        {
            code.Line($"size += ({list}?.Count ?? 0){(fixedSize == 1 ? "" : $" * {fixedSize}")};");
            return;
        }

        code.Open($"if ({list} is not null)");
        code.Open($"foreach ({FieldCode.ElementType(field)} element in {list})");
        code.Line($"size += {(field.Kind == FieldKind.Struct ? "element.Size(version)" : ValueSize(field, "element"))};");
        code.Close();
        code.Close();
    }

    private string ValueSize(Field field, string value) => FieldCode.FixedSize(field.Kind) is int size
        ? size.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : $"MessageSize.Of{FieldCode.WriteSuffix(field)}({value}, {Flexible(field)})";

    private void EmitTaggedSection(CodeWriter code)
    {
        if (OpenTaggedSection(code) is not bool opened)
        {
            return;
        }

        if (TaggedFields.Count == 0)
        {
            code.Line("size += MessageSize.OfUnknownTaggedFields(UnknownTaggedFields);");
        }
        else
        {
            code.Line("int taggedFieldCount = UnknownTaggedFields?.Count ?? 0;");
            foreach (Field field in TaggedFields)
            {
                OpenTaggedField(code, field);
                code.Line("taggedFieldCount++;");
                code.Line($"size += MessageSize.OfTaggedField({field.Tag}, {TaggedSizeMethod(field)}(version));");
                code.Close();
            }

            code.Line("size += MessageSize.OfTaggedFields(taggedFieldCount, UnknownTaggedFields);");
        }

        if (opened)
        {
            code.Close();
        }
    }
}
