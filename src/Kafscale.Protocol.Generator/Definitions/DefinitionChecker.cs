using System;
using System.Collections.Generic;
using System.Globalization;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>
/// Resolves the struct names and versions of a parsed file and reports what cannot be meant, so that every definition
/// that passes can be turned into C# that compiles.
/// </summary>
internal sealed class DefinitionChecker
{
    private static readonly HashSet<string> MembersOfStructs = ["Read", "Write", "Size", "UnknownTaggedFields", "ThrowIfUnsupported"];

    private static readonly HashSet<string> MembersOfMessages = [.. MembersOfStructs, "ApiKey", "MinVersion", "MaxVersion"];

    // Types that generated code uses by these names, also inside the message.
    private static readonly HashSet<string> UsedTypes =
    [
        "ApiKey", "ArgumentOutOfRangeException", "ErrorCode", "Guid", "List", "MessageReader", "MessageSize", "MessageWriter",
        "ReadOnlySequence", "UnknownTaggedField", "UnsupportedVersionException",
    ];

    private readonly DefinitionFile _file;
    private readonly MessageDefinition _message;
    private readonly Dictionary<string, StructDefinition> _structs = new(StringComparer.Ordinal);
    private readonly Dictionary<StructDefinition, int> _uses = [];

    private DefinitionChecker(DefinitionFile file, MessageDefinition message)
    {
        _file = file;
        _message = message;
    }

    public static void Check(DefinitionFile file)
    {
        if (file.Versions.IsEmpty || file.Versions.IsOpen)
        {
            file.Problems.Add(new Problem(ProblemKind.Meaning, file.VersionsSpan, "the versions have a first and a last one, such as 'versions 0-3'"));
            return;
        }

        VersionRange flexible = file.FlexibleVersions.Intersect(file.Versions);
        VersionRange stable = file.Versions.Intersect(new VersionRange(0, (short)(file.UnstableVersions.Lowest - 1)));
        if (!file.UnstableVersions.IsEmpty && (stable.IsEmpty || file.UnstableVersions.Highest < file.Versions.Highest))
        {
            file.Problems.Add(new Problem(ProblemKind.Meaning, file.UnstableSpan, "the unstable versions are the last ones, and not all of them"));
        }

        if (!flexible.IsEmpty && flexible.Highest != file.Versions.Highest)
        {
            file.Problems.Add(new Problem(ProblemKind.Meaning, file.FlexibleSpan, "once a message is flexible, its later versions are too: 'flexible 9+'"));
        }

        foreach (MessageDefinition message in file.Messages)
        {
            message.Versions = file.Versions;
            message.FlexibleVersions = flexible;
            new DefinitionChecker(file, message).CheckMessage();
        }
    }

    private void CheckMessage()
    {
        CollectStructs();
        ResolveStructs(_message.Root);
        _message.Structs.ForEach(ResolveStructs);
        foreach (StructDefinition definition in _message.Structs)
        {
            if (!_uses.ContainsKey(definition))
            {
                Report(definition.Span, $"struct {definition.Name} is not used");
            }
        }

        if (_file.Problems.Count == 0 && !ReportRecursion(_message.Root, []))
        {
            CheckFields(_message.Root, _message.Versions);
        }
    }

    private void CollectStructs()
    {
        foreach (StructDefinition definition in _message.Structs)
        {
            if (_structs.ContainsKey(definition.Name))
            {
                Report(definition.Span, $"struct {definition.Name} is defined twice in {_message.Name}");
            }
            else
            {
                _structs.Add(definition.Name, definition);
            }

            if (UsedTypes.Contains(definition.Name))
            {
                Report(definition.Span, $"{definition.Name} is the name of a type that messages use; the name of a struct is free to choose, choose another");
            }

            if (definition.Name == _message.Name || _message.Root.Fields.Exists(field => field.Name == definition.Name))
            {
                Report(definition.Span, $"struct {definition.Name} has the name of {_message.Name} or of one of its own fields; the name of a struct is free to choose, choose another");
            }
        }
    }

    private void ResolveStructs(StructDefinition owner)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Field field in owner.Fields)
        {
            if (!names.Add(field.Name))
            {
                Report(field.Span, $"field {field.Name} is defined twice in {owner.Name}");
            }

            if (field.Name == owner.Name)
            {
                Report(field.Span, $"field {field.Name} has the name of its struct; the name of a struct is free to choose, choose another");
            }

            if ((owner == _message.Root ? MembersOfMessages : MembersOfStructs).Contains(field.Name))
            {
                Report(field.Span, $"{owner.Name} has a member {field.Name} already, as all do");
            }

            if (field.Kind != FieldKind.Struct)
            {
                continue;
            }

            if (!_structs.TryGetValue(field.StructName!, out StructDefinition? definition))
            {
                Report(field.Span, $"struct {field.StructName} is not defined in {_message.Name}");
                continue;
            }

            field.Struct = definition;
            _uses.TryGetValue(definition, out int uses);
            _uses[definition] = uses + 1;
        }
    }

    private bool ReportRecursion(StructDefinition owner, List<StructDefinition> path)
    {
        path.Add(owner);
        foreach (Field field in owner.Fields)
        {
            if (field.Struct is null)
            {
                continue;
            }

            if (path.Contains(field.Struct))
            {
                Report(field.Span, $"struct {field.Struct.Name} contains itself; nesting is bounded by the definition");
                return true;
            }

            if (ReportRecursion(field.Struct, path))
            {
                return true;
            }
        }

        path.Remove(owner);
        return false;
    }

    private void CheckFields(StructDefinition owner, VersionRange versions)
    {
        owner.Versions = versions;
        var tags = new HashSet<int>();
        foreach (Field field in owner.Fields)
        {
            CheckVersions(field, versions);
            CheckDefault(field);
            if (field.Tag is int tag)
            {
                CheckTag(field, tag, tags);
            }

            if (field.Kind == FieldKind.Struct && !field.IsArray)
            {
                CheckSingleStruct(field, versions);
            }

            if (field.Kind == FieldKind.Records && field.IsArray)
            {
                Report(field.Span, "there are no arrays of records");
            }

            if (field.Struct is not null)
            {
                // A struct that several fields share has one Read for all of them, so it assumes no more than the message does.
                CheckFields(field.Struct, _uses[field.Struct] > 1 ? _message.Versions : field.Versions);
            }
        }
    }

    private void CheckVersions(Field field, VersionRange versions)
    {
        field.Versions = field.DeclaredVersions.Intersect(versions);
        if (field.Versions.IsEmpty)
        {
            Report(field.Span, $"field {field.Name} is in no version: its struct is in {versions}");
        }

        field.NullableVersions = field.DeclaredNullableVersions.Intersect(field.Versions);
        if (!field.DeclaredNullableVersions.IsEmpty && field.NullableVersions.IsEmpty)
        {
            Report(field.Span, $"field {field.Name} is nullable in no version that it is in ({field.Versions})");
        }

        bool canBeNull = field.IsArray || field.Kind is FieldKind.String or FieldKind.Bytes or FieldKind.Records or FieldKind.Struct;
        if (!field.NullableVersions.IsEmpty && !canBeNull)
        {
            Report(field.Span, $"field {field.Name} cannot be null: only strings, bytes, records, structs and arrays can");
        }
    }

    private void CheckTag(Field field, int tag, HashSet<int> tags)
    {
        if (!tags.Add(tag))
        {
            Report(field.Span, $"tag {tag} is used twice");
        }

        if (!_message.FlexibleVersions.Covers(field.Versions))
        {
            Report(field.Span, $"field {field.Name} is tagged, but only versions {_message.FlexibleVersions} are flexible");
        }

        if (field.Kind == FieldKind.Records || field.IsNeverFlexible)
        {
            Report(field.Span, $"field {field.Name} cannot be tagged");
        }
    }

    private void CheckSingleStruct(Field field, VersionRange versions)
    {
        if (field.IsTagged && !field.NullableVersions.IsEmpty)
        {
            Report(field.Span, $"field {field.Name} is tagged: it is null where it is absent, and need not be nullable");
        }

        if (!field.NullableVersions.IsEmpty && !field.IsNullByDefault)
        {
            Report(field.Span, $"field {field.Name} is a nullable struct, whose default is null: '= null'");
        }

        if (!field.IsTagged && !field.IsIgnorable && field.NullableVersions.IsEmpty && field.Versions != versions)
        {
            Report(field.Span, $"field {field.Name} is a struct that some versions lack: it must be nullable, tagged or ignorable");
        }
    }

    private void CheckDefault(Field field)
    {
        if (field.DefaultLiteral is not string literal)
        {
            return;
        }

        if (literal == "null")
        {
            if (field.NullableVersions.IsEmpty)
            {
                Report(field.Span, $"field {field.Name} is not nullable and cannot be null by default");
            }
        }
        else if (field.IsArray || !FitsKind(field.Kind, literal))
        {
            Report(field.Span, $"{literal} is not a default for field {field.Name}");
        }
    }

    private static bool FitsKind(FieldKind kind, string literal)
    {
        bool isInteger = long.TryParse(literal, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number);
        return kind switch
        {
            FieldKind.Bool => literal is "true" or "false",
            FieldKind.Int8 => isInteger && number is >= sbyte.MinValue and <= sbyte.MaxValue,
            FieldKind.Int16 => isInteger && number is >= short.MinValue and <= short.MaxValue,
            FieldKind.UInt16 => isInteger && number is >= ushort.MinValue and <= ushort.MaxValue,
            FieldKind.Int32 => isInteger && number is >= int.MinValue and <= int.MaxValue,
            FieldKind.UInt32 => isInteger && number is >= uint.MinValue and <= uint.MaxValue,
            FieldKind.Int64 => isInteger,
            FieldKind.String => literal[0] == '"' && literal.IndexOf('\\') < 0,
            _ => false,
        };
    }

    private void Report(SourceSpan span, string message) => _file.Problems.Add(new Problem(ProblemKind.Meaning, span, message));
}
