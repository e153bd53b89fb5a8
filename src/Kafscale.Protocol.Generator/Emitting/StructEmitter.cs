using System;
using System.Collections.Generic;
using System.Linq;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>What the methods of one struct (or of the message itself) have in common while they are written.</summary>
internal abstract class StructEmitter(MessageDefinition message, StructDefinition owner)
{
    protected MessageDefinition Message { get; } = message;

    protected StructDefinition Owner { get; } = owner;

    protected List<Field> TaggedFields { get; } = owner.Fields.Where(candidate => candidate.IsTagged).OrderBy(candidate => candidate.Tag).ToList();

    protected VersionRange FlexibleVersions { get; } = message.FlexibleVersions.Intersect(owner.Versions);

    protected bool IsMessage => Owner == Message.Root;

    /// <summary>The argument that says whether a field is in the flexible encoding.</summary>
    protected string Flexible(Field field)
    {
        if (field.IsTagged)
        {
            return "true";
        }

        VersionRange flexible = FlexibleVersions.Intersect(field.Versions);
        return field.IsNeverFlexible || flexible.IsEmpty ? "false" : flexible == field.Versions ? "true" : "flexible";
    }

    /// <summary>The literal that names the field in error messages.</summary>
    protected string Path(Field field) => $"\"{Owner.Name}.{field.Name}\"";

    /// <summary>Writes a method; <c>flexible</c> is declared where the body uses it.</summary>
    protected void Method(CodeWriter code, string signature, CodeWriter body)
    {
        string text = body.ToString();
        code.Open(IsMessage ? $"public {signature}" : $"internal {signature}");
        if (IsMessage)
        {
            code.Line("ArgumentOutOfRangeException.ThrowIfLessThan(version, MinVersion);");
            code.Line("ArgumentOutOfRangeException.ThrowIfGreaterThan(version, MaxVersion);");
        }

        if (text.Contains("flexible"))
        {
            code.Line($"bool flexible = {FieldCode.VersionCondition(FlexibleVersions, Owner.Versions) ?? "true"};");
        }

        code.Append(body);
        code.Close();
    }

    /// <summary>Writes the code of the fields without a tag; neighbours in the same versions share one block.</summary>
    protected void EmitUntaggedFields(CodeWriter code, Action<CodeWriter, List<Field>> emit)
    {
        List<Field> fields = Owner.Fields.Where(field => !field.IsTagged).ToList();
        for (int start = 0, end; start < fields.Count; start = end)
        {
            VersionRange versions = fields[start].Versions;
            end = fields.FindIndex(start, field => field.Versions != versions);
            end = end < 0 ? fields.Count : end;
            List<Field> neighbours = fields.GetRange(start, end - start);
            string? condition = FieldCode.VersionCondition(versions, Owner.Versions);
            if (condition is null)
            {
                emit(code, neighbours);
                continue;
            }

            code.Open($"if ({condition})");
            emit(code, neighbours);
            code.Close();
        }
    }

    /// <summary>Opens a block, inside the section of tagged fields, in which the field is written.</summary>
    protected void OpenTaggedField(CodeWriter code, Field field)
    {
        string? versions = FieldCode.VersionCondition(field.Versions, FlexibleVersions);
        string differs = FieldCode.DiffersFromDefault(field);
        code.Open(versions is null ? $"if ({differs})" : $"if ({versions} && {differs})");
    }

    /// <summary>Opens a block for the versions with tagged fields and says whether it did; null where there are none.</summary>
    protected bool? OpenTaggedSection(CodeWriter code)
    {
        if (FlexibleVersions.IsEmpty)
        {
            return null;
        }

        if (FlexibleVersions == Owner.Versions)
        {
            return false;
        }

        code.Open("if (flexible)");
        return true;
    }
}
