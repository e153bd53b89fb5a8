using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>
/// Writes ThrowIfUnsupported: what is set must be expressible in the version. Size calls it too, so that nothing of a
/// message that cannot be written has been sent by the time it is refused.
/// </summary>
internal sealed class CheckEmitter(MessageDefinition message, StructDefinition owner) : StructEmitter(message, owner)
{
    /// <summary>Returns false, and writes nothing, where every value can be written in every version.</summary>
    public bool Emit(CodeWriter code)
    {
        CodeWriter body = code.Inner();
        foreach (Field field in Owner.Fields)
        {
            EmitAbsence(body, field);
            EmitNull(body, field);
        }

        if (!FlexibleVersions.IsEmpty && FlexibleVersions != Owner.Versions)
        {
            body.Open($"if ({FieldCode.VersionConditionOutside(FlexibleVersions, Owner.Versions)} && UnknownTaggedFields is {{ Count: > 0 }})");
            body.Line($"throw UnsupportedVersionException.NotInVersion(\"{Owner.Name}.UnknownTaggedFields\", version);");
            body.Close();
        }

        if (body.IsEmpty)
        {
            return false;
        }

        code.Open("private void ThrowIfUnsupported(short version)");
        code.Append(body);
        code.Close();
        return true;
    }

    private void EmitAbsence(CodeWriter code, Field field)
    {
        string? outside = FieldCode.VersionConditionOutside(field.Versions, Owner.Versions);
        if (field.IsIgnorable || outside is null)
        {
            return;
        }

        code.Open($"if ({Parenthesized(outside)} && {FieldCode.DiffersFromDefault(field)})");
        code.Line($"throw UnsupportedVersionException.NotInVersion({Path(field)}, version);");
        code.Close();
    }

    private void EmitNull(CodeWriter code, Field field)
    {
        if (!FieldCode.IsNullableProperty(field) || FieldCode.IsOptionalStruct(field))
        {
            return;
        }

        string? outside = FieldCode.VersionConditionOutside(field.NullableVersions, field.Versions);
        if (outside is null)
        {
            return;
        }

        string? present = FieldCode.VersionCondition(field.Versions, Owner.Versions);
        string condition = outside == "true" ? "" : Parenthesized(outside) + " && ";
        string versions = present is null ? condition : $"{present} && {condition}";
        code.Open($"if ({versions}{field.Name} is null)");
        code.Line($"throw UnsupportedVersionException.NullNotInVersion({Path(field)}, version);");
        code.Close();
    }

    private static string Parenthesized(string condition) => condition.Contains("||") ? $"({condition})" : condition;
}
