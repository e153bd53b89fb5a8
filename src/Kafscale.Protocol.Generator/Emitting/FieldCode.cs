using System.Collections.Generic;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>The pieces of C# that belong to a field, whichever method they appear in.</summary>
internal static class FieldCode
{
    /// <summary>The type of one element, or of the field where it is not an array.</summary>
    public static string ElementType(Field field) => field.Kind switch
    {
        FieldKind.Bool => "bool",
        FieldKind.Int8 => "sbyte",
        FieldKind.Int16 => field.IsErrorCode ? "ErrorCode" : "short",
        FieldKind.UInt16 => "ushort",
        FieldKind.Int32 => "int",
        FieldKind.UInt32 => "uint",
        FieldKind.Int64 => "long",
        FieldKind.Float64 => "double",
        FieldKind.Uuid => "Guid",
        FieldKind.String => "string",
        FieldKind.Bytes => "byte[]",
        FieldKind.Records => "ReadOnlySequence<byte>",
        _ => field.StructName!,
    };

    public static string PropertyType(Field field)
    {
        string type = field.IsArray ? $"List<{ElementType(field)}>" : ElementType(field);
        return IsNullableProperty(field) ? type + "?" : type;
    }

    public static bool IsNullableProperty(Field field) =>
        !field.NullableVersions.IsEmpty || field.Kind == FieldKind.Records || IsOptionalStruct(field);

    /// <summary>A tagged struct is null where the message does not carry it, so that absent ones cost no object.</summary>
    public static bool IsOptionalStruct(Field field) => field.IsTagged && field.Kind == FieldKind.Struct && !field.IsArray;

    /// <summary>A list that is made when somebody asks for it: most of those that can be empty are.</summary>
    public static bool IsLazyList(Field field) => field.IsArray && !IsNullableProperty(field);

    /// <summary>What holds the value: the property, or the field behind it, which is null while a lazy list was not asked for.</summary>
    public static string Stored(Field field) => IsLazyList(field) ? $"_{Local(field.Name)}" : field.Name;

    /// <summary>What is added to the name of a list for its number of elements.</summary>
    public static string Count(Field field) => IsLazyList(field) ? "?.Count ?? 0" : "?.Count ?? -1";

    /// <summary>What a new message has; null where C#'s own default is that.</summary>
    public static string? InitialValue(Field field)
    {
        if (field.IsNullByDefault || IsOptionalStruct(field) || IsLazyList(field))
        {
            return null;
        }

        if (field.IsArray)
        {
            return "[]";
        }

        return field.Kind switch
        {
            FieldKind.String => field.DefaultLiteral ?? "\"\"",
            FieldKind.Bytes => "[]",
            FieldKind.Struct => "new()",
            _ when field.DefaultLiteral is null or "0" or "false" => null,
            _ when field.IsErrorCode => $"(ErrorCode){field.DefaultLiteral}",
            _ => field.DefaultLiteral,
        };
    }

    /// <summary>A condition that holds where the property has another value than a new message.</summary>
    public static string DiffersFromDefault(Field field)
    {
        string name = field.Name;
        if (field.IsNullByDefault || IsOptionalStruct(field))
        {
            return $"{name} is not null";
        }

        bool isNullable = !field.NullableVersions.IsEmpty;
        if (field.IsArray)
        {
            return isNullable ? $"{name} is not {{ Count: 0 }}" : $"{Stored(field)} is {{ Count: > 0 }}";
        }

        return field.Kind switch
        {
            FieldKind.Bool => field.DefaultLiteral == "true" ? $"!{name}" : name,
            FieldKind.String => $"{name} != {field.DefaultLiteral ?? "\"\""}",
            FieldKind.Bytes => isNullable ? $"{name} is not {{ Length: 0 }}" : $"{name}.Length > 0",
            FieldKind.Uuid => $"{name} != Guid.Empty",
            FieldKind.Int16 when field.IsErrorCode => $"(short){name} != {field.DefaultLiteral ?? "0"}",
            _ => $"{name} != {field.DefaultLiteral ?? "0"}",
        };
    }

    /// <summary>The bytes of one element where they are always the same number, otherwise null.</summary>
    public static int? FixedSize(FieldKind kind) => kind switch
    {
        FieldKind.Bool or FieldKind.Int8 => 1,
        FieldKind.Int16 or FieldKind.UInt16 => 2,
        FieldKind.Int32 or FieldKind.UInt32 => 4,
        FieldKind.Int64 or FieldKind.Float64 => 8,
        FieldKind.Uuid => 16,
        _ => null,
    };

    /// <summary>The part after Read and Write in the name of the runtime's method.</summary>
    public static string MethodSuffix(FieldKind kind) => kind switch
    {
        FieldKind.Bool => "Boolean",
        _ => kind.ToString(),
    };

    /// <summary>The part after Write in the name of the runtime's method, and after Of in the one for the size.</summary>
    public static string WriteSuffix(Field field)
    {
        bool canBeNull = !field.IsArray && FixedSize(field.Kind) is null && IsNullableProperty(field);
        return canBeNull ? "Nullable" + field.Kind : MethodSuffix(field.Kind);
    }

    /// <summary>The condition for a version to be in <paramref name="range"/>, known to be in <paramref name="context"/>; null where it always is.</summary>
    public static string? VersionCondition(VersionRange range, VersionRange context)
    {
        var conditions = new List<string>();
        if (range.Lowest == range.Highest && context.Lowest < range.Lowest && context.Highest > range.Highest)
        {
            return $"version == {range.Lowest}";
        }

        if (range.Lowest > context.Lowest)
        {
            conditions.Add($"version >= {range.Lowest}");
        }

        if (range.Highest < context.Highest)
        {
            conditions.Add($"version <= {range.Highest}");
        }

        return conditions.Count == 0 ? null : string.Join(" && ", conditions);
    }

    /// <summary>The opposite of <see cref="VersionCondition"/>; null where no version of the context is outside.</summary>
    public static string? VersionConditionOutside(VersionRange range, VersionRange context)
    {
        if (range.IsEmpty)
        {
            return "true";
        }

        var conditions = new List<string>();
        if (range.Lowest > context.Lowest)
        {
            conditions.Add($"version < {range.Lowest}");
        }

        if (range.Highest < context.Highest)
        {
            conditions.Add($"version > {range.Highest}");
        }

        return conditions.Count == 0 ? null : string.Join(" || ", conditions);
    }

    public static string Local(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);
}
