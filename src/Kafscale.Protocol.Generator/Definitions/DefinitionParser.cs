using System.Collections.Generic;
using System.Globalization;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>Turns the text of a definition file into messages. The notation is described in docs/protocol.md.</summary>
internal sealed class DefinitionParser
{
    private readonly DefinitionFile _file;
    private bool _hasVersions;
    private bool _hasFlexible;

    private DefinitionParser(DefinitionFile file) => _file = file;

    /// <summary>Parses and checks; what is wrong is in <see cref="DefinitionFile.Problems"/>, nothing is thrown.</summary>
    public static DefinitionFile Parse(string path, string text)
    {
        var file = new DefinitionFile(path, text);
        new DefinitionParser(file).ParseFile(LineReader.Read(text, file.Problems));
        if (file.Problems.Count == 0)
        {
            DefinitionChecker.Check(file);
        }

        return file;
    }

    private void ParseFile(List<DefinitionLine> lines)
    {
        if (lines.Count == 0)
        {
            Report(default, "the file defines nothing; it starts with 'api <Name> <key>' or 'message <Name>'");
            return;
        }

        ParseTitle(lines[0]);
        for (int i = 1; i < lines.Count; i++)
        {
            DefinitionLine line = lines[i];
            Word keyword = line.Words[0];
            switch (keyword.Text)
            {
                case "versions":
                    _file.Versions = ParseOnlyRange(line);
                    _file.VersionsSpan = keyword.Span;
                    _hasVersions = true;
                    break;
                case "flexible":
                    _file.FlexibleVersions = ParseOnlyRange(line);
                    _file.FlexibleSpan = keyword.Span;
                    _hasFlexible = true;
                    break;
                case "unstable":
                    _file.UnstableVersions = ParseOnlyRange(line);
                    _file.UnstableSpan = keyword.Span;
                    break;
                case "request" when _file.ApiKey is not null:
                    ParseMessage(line, MessageKind.Request, _file.Name + "Request");
                    break;
                case "response" when _file.ApiKey is not null:
                    ParseMessage(line, MessageKind.Response, _file.Name + "Response");
                    break;
                case "fields" when _file.ApiKey is null:
                    ParseMessage(line, MessageKind.Plain, _file.Name);
                    break;
                default:
                    Report(keyword.Span, $"'{keyword.Text}' is not expected here; an api has versions, flexible, unstable, request and response, a message has versions, flexible and fields");
                    break;
            }
        }

        CheckCompleteness();
    }

    private void ParseTitle(DefinitionLine line)
    {
        Word keyword = line.Words[0];
        bool isApi = keyword.Text == "api" && line.Words.Count == 3;
        bool isMessage = keyword.Text == "message" && line.Words.Count == 2;
        if (!isApi && !isMessage)
        {
            Report(keyword.Span, "a definition starts with 'api <Name> <key>' or 'message <Name>'");
            return;
        }

        RefuseChildren(line);
        _file.Name = line.Words[1].Text;
        _file.NameSpan = line.Words[1].Span;
        RequireName(line.Words[1], _file.Name);
        if (!isApi)
        {
            return;
        }

        if (short.TryParse(line.Words[2].Text, NumberStyles.None, CultureInfo.InvariantCulture, out short key))
        {
            _file.ApiKey = key;
        }
        else
        {
            Report(line.Words[2].Span, $"'{line.Words[2].Text}' is not an API key, a number from 0 to 32767");
        }
    }

    private void CheckCompleteness()
    {
        SourceSpan title = _file.NameSpan;
        if (!_hasVersions)
        {
            Report(title, "the line 'versions' is missing, such as 'versions 0-3'");
        }

        if (!_hasFlexible)
        {
            Report(title, "the line 'flexible' is missing, such as 'flexible 2+' or 'flexible none'");
        }

        int expected = _file.ApiKey is null ? 1 : 2;
        if (_file.Messages.Count != expected || (expected == 2 && _file.Messages[0].Kind == _file.Messages[1].Kind))
        {
            Report(title, expected == 2 ? "an api has one request and one response" : "a message has one section 'fields'");
        }
    }

    private VersionRange ParseOnlyRange(DefinitionLine line)
    {
        RefuseChildren(line);
        if (line.Words.Count == 2 && VersionRange.TryParse(line.Words[1].Text, out VersionRange range))
        {
            return range;
        }

        Report(line.Words[0].Span, $"'{line.Words[0].Text}' is followed by versions: 5, 3-13, 3+ or none");
        return VersionRange.None;
    }

    private void ParseMessage(DefinitionLine line, MessageKind kind, string name)
    {
        if (line.Words.Count > 1)
        {
            Report(line.Words[1].Span, $"nothing follows '{line.Words[0].Text}' on its line");
        }

        var message = new MessageDefinition(kind, new StructDefinition(name, line.Words[0].Span));
        _file.Messages.Add(message);
        foreach (DefinitionLine child in line.Children)
        {
            if (child.Words[0].Text == "struct")
            {
                ParseStruct(child, message);
            }
            else
            {
                ParseField(child, message.Root, message);
            }
        }
    }

    private void ParseStruct(DefinitionLine line, MessageDefinition message)
    {
        if (line.Words.Count != 2)
        {
            Report(line.Words[0].Span, "a shared struct is written 'struct <Name>', with its fields indented below");
            return;
        }

        RequireName(line.Words[1], line.Words[1].Text);
        AddStruct(line, line.Words[1].Text, line.Words[1].Span, message);
    }

    private void AddStruct(DefinitionLine line, string name, SourceSpan span, MessageDefinition message)
    {
        var definition = new StructDefinition(name, span);
        message.Structs.Add(definition);
        foreach (DefinitionLine child in line.Children)
        {
            ParseField(child, definition, message);
        }
    }

    private void ParseField(DefinitionLine line, StructDefinition owner, MessageDefinition message)
    {
        Word nameWord = line.Words[0];
        if (!nameWord.Text.EndsWith(":", System.StringComparison.Ordinal) || line.Words.Count < 2)
        {
            Report(nameWord.Span, "a field is written '<Name>: <type>'");
            return;
        }

        string name = nameWord.Text.Substring(0, nameWord.Text.Length - 1);
        RequireName(nameWord, name);
        Word typeWord = line.Words[1];
        bool isArray = typeWord.Text.StartsWith("[]", System.StringComparison.Ordinal);
        string typeName = isArray ? typeWord.Text.Substring(2) : typeWord.Text;
        FieldKind? kind = ParseKind(typeName);
        if (kind is null)
        {
            Report(typeWord.Span, $"'{typeName}' is no type; types are bool, int8, int16, uint16, int32, uint32, int64, float64, uuid, string, bytes, records, a struct's name, and [] before one of them");
            return;
        }

        bool isStruct = kind == FieldKind.Struct;
        var field = new Field(name, kind.Value, isArray, isStruct ? typeName : null, nameWord.Span);
        owner.Fields.Add(field);
        ParseFieldWords(line.Words, field);
        if (line.Children.Count == 0)
        {
            return;
        }

        if (isStruct)
        {
            AddStruct(line, typeName, typeWord.Span, message);
        }
        else
        {
            RefuseChildren(line);
        }
    }

    private void ParseFieldWords(List<Word> words, Field field)
    {
        int at = 2;
        if (at < words.Count && VersionRange.TryParse(words[at].Text, out VersionRange versions))
        {
            field.DeclaredVersions = versions;
            at++;
        }

        while (at < words.Count)
        {
            Word word = words[at++];
            string? next = at < words.Count ? words[at].Text : null;
            switch (word.Text)
            {
                case "nullable":
                    field.DeclaredNullableVersions = VersionRange.All;
                    if (next is not null && VersionRange.TryParse(next, out VersionRange nullable))
                    {
                        field.DeclaredNullableVersions = nullable;
                        at++;
                    }

                    break;
                case "ignorable":
                    field.IsIgnorable = true;
                    break;
                case "tag" when ParseTag(next) is int tag:
                    field.Tag = tag;
                    at++;
                    break;
                case "flexible" when next == "none":
                    field.IsNeverFlexible = true;
                    at++;
                    break;
                case "=" when next is not null && at == words.Count - 1:
                    field.DefaultLiteral = next;
                    at++;
                    break;
                default:
                    Report(word.Span, $"'{word.Text}' is not expected here; after its type a field has, in this order and each only where needed: versions, 'nullable <versions>', 'tag <number>', 'flexible none', 'ignorable', '= <default>'");
                    return;
            }
        }
    }

    private static int? ParseTag(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int tag) ? tag : null;

    private static FieldKind? ParseKind(string name) => name switch
    {
        "bool" => FieldKind.Bool,
        "int8" => FieldKind.Int8,
        "int16" => FieldKind.Int16,
        "uint16" => FieldKind.UInt16,
        "int32" => FieldKind.Int32,
        "uint32" => FieldKind.UInt32,
        "int64" => FieldKind.Int64,
        "float64" => FieldKind.Float64,
        "uuid" => FieldKind.Uuid,
        "string" => FieldKind.String,
        "bytes" => FieldKind.Bytes,
        "records" => FieldKind.Records,
        _ => IsName(name) ? FieldKind.Struct : null,
    };

    private void RequireName(Word word, string name)
    {
        if (!IsName(name))
        {
            Report(word.Span, $"'{name}' is not a name; names are letters and digits and start with a capital");
        }
    }

    private static bool IsName(string text)
    {
        if (text.Length == 0 || text[0] is < 'A' or > 'Z')
        {
            return false;
        }

        foreach (char c in text)
        {
            if (c is not ((>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9')))
            {
                return false;
            }
        }

        return true;
    }

    private void RefuseChildren(DefinitionLine line)
    {
        if (line.Children.Count > 0)
        {
            Report(line.Children[0].Words[0].Span, $"nothing is indented below '{line.Words[0].Text}'");
        }
    }

    private void Report(SourceSpan span, string message) => _file.Problems.Add(new Problem(ProblemKind.Syntax, span, message));
}
