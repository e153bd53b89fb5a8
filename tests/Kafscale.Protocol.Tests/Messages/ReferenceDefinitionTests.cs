using System.Globalization;
using System.Text.Json;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>Compares the definitions with the published ones of the protocol, where a copy of those is at hand.</summary>
public sealed class ReferenceDefinitionTests(ITestOutputHelper output)
{
    private static readonly string ReferenceFolder =
        Path.GetFullPath(Path.Combine(DefinitionFolder.RepositoryRoot, "..", "shared", "reference", "kafka-protocol"));

    private static readonly JsonDocumentOptions JsonOptions = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The APIs of which older versions are defined than the published ones, which are those of Kafka 4 (KIP-896), and the first published one.</summary>
    private static readonly Dictionary<string, short> ExtendedApis = new()
    {
        ["CreateTopics"] = 2,
        ["DeleteTopics"] = 1,
        ["DescribeConfigs"] = 1,
        ["DescribeLogDirs"] = 1,
        ["Fetch"] = 4,
        ["ListOffsets"] = 1,
        ["OffsetCommit"] = 2,
        ["OffsetFetch"] = 1,
        ["OffsetForLeaderEpoch"] = 2,
        ["Produce"] = 3,
    };

    [Fact]
    public void The_definitions_say_what_the_published_ones_say()
    {
        if (!Directory.Exists(ReferenceFolder))
        {
            output.WriteLine($"Not compared: there is no {ReferenceFolder}.");
            return;
        }

        Dictionary<string, JsonElement> published = Directory.EnumerateFiles(ReferenceFolder, "*.json")
            .Select(path => JsonDocument.Parse(File.ReadAllText(path), JsonOptions).RootElement)
            .ToDictionary(message => message.GetProperty("name").GetString()!);
        Assert.Equal(published.Keys.Order(StringComparer.Ordinal), DefinitionFolder.Messages.Keys.Order(StringComparer.Ordinal));

        int fields = 0;
        foreach (DefinitionFile file in DefinitionFolder.Files)
        {
            foreach (MessageDefinition message in file.Messages)
            {
                List<string> expected = Describe(published[message.Name], file);
                Assert.Equal(string.Join('\n', expected), string.Join('\n', Describe(file, message, PublishedVersions(file, message))));
                fields += expected.Count - 1;
            }
        }

        output.WriteLine($"Compared {published.Count} messages, {fields} fields.");
    }

    [Fact]
    public void The_error_codes_are_the_published_ones()
    {
        string path = Path.Combine(ReferenceFolder, "..", "kafka-error-codes.tsv");
        if (!File.Exists(path))
        {
            output.WriteLine($"Not compared: there is no {Path.GetFullPath(path)}.");
            return;
        }

        IEnumerable<string> published = File.ReadLines(path).Skip(1).Select(line => line.Replace("_", "", StringComparison.Ordinal));
        IEnumerable<string> ours = Enum.GetValues<ErrorCode>().OrderBy(code => (short)code).Select(code => $"{(short)code}\t{code.ToString().ToUpperInvariant()}");
        Assert.Equal(published, ours);
    }

    private static VersionRange PublishedVersions(DefinitionFile file, MessageDefinition message)
    {
        short lowest = message.Versions.Lowest;
        if (ExtendedApis.TryGetValue(file.Name, out short firstPublished))
        {
            Assert.Equal(0, lowest);
            lowest = firstPublished;
        }

        return new VersionRange(lowest, message.Versions.Highest);
    }

    private static List<string> Describe(DefinitionFile file, MessageDefinition message, VersionRange versions)
    {
        List<string> lines = [Title(message.Name, file.ApiKey, versions, message.FlexibleVersions, file.UnstableVersions)];
        Describe(message.Root, versions, "", lines);
        return lines;
    }

    private static void Describe(StructDefinition owner, VersionRange versions, string indentation, List<string> lines)
    {
        foreach (Field field in owner.Fields)
        {
            VersionRange effective = field.DeclaredVersions.Intersect(versions);
            if (effective.IsEmpty)
            {
                // A field of older versions alone.
                continue;
            }

            lines.Add(indentation + Line(
                field.Name,
                field.IsArray,
                field.Kind.ToString(),
                effective,
                field.DeclaredNullableVersions.Intersect(effective),
                field.Tag,
                field.IsNeverFlexible,
                field.IsIgnorable,
                field.DefaultLiteral));
            if (field.Struct is not null)
            {
                Describe(field.Struct, effective, indentation + "  ", lines);
            }
        }
    }

    private static List<string> Describe(JsonElement message, DefinitionFile file)
    {
        VersionRange versions = Range(message, "validVersions");
        bool isUnstable = IsTrue(message, "latestVersionUnstable");

        // Only the request of the two published files says so.
        VersionRange unstableVersions = message.GetProperty("type").GetString() == "response" ? file.UnstableVersions
            : isUnstable ? new VersionRange(versions.Highest, short.MaxValue) : VersionRange.None;
        short? apiKey = message.TryGetProperty("apiKey", out JsonElement key) ? key.GetInt16() : null;
        List<string> lines =
        [
            Title(message.GetProperty("name").GetString()!, apiKey, versions, Range(message, "flexibleVersions").Intersect(versions), unstableVersions),
        ];
        Dictionary<string, JsonElement> common = message.TryGetProperty("commonStructs", out JsonElement structs)
            ? structs.EnumerateArray().ToDictionary(definition => definition.GetProperty("name").GetString()!)
            : [];
        Describe(message.GetProperty("fields"), common, versions, "", lines);
        return lines;
    }

    private static void Describe(
        JsonElement fields, Dictionary<string, JsonElement> common, VersionRange versions, string indentation, List<string> lines)
    {
        foreach (JsonElement field in fields.EnumerateArray())
        {
            VersionRange effective = Range(field, "versions").Intersect(versions);
            if (effective.IsEmpty)
            {
                // A field of versions that are not supported any more.
                continue;
            }

            string name = field.GetProperty("name").GetString()!;
            string type = field.GetProperty("type").GetString()!;
            bool isArray = type.StartsWith("[]", StringComparison.Ordinal);
            string element = isArray ? type[2..] : type;
            bool isStruct = char.IsUpper(element[0]);
            int? tag = field.TryGetProperty("tag", out JsonElement number) ? number.GetInt32() : null;
            if (tag is not null)
            {
                Assert.Equal(effective, Range(field, "taggedVersions").Intersect(versions));
            }

            bool isNeverFlexible = field.TryGetProperty("flexibleVersions", out JsonElement flexible);
            if (isNeverFlexible)
            {
                Assert.Equal("none", flexible.GetString());
            }

            lines.Add(indentation + Line(
                char.ToUpperInvariant(name[0]) + name[1..],
                isArray,
                isStruct ? "Struct" : element,
                effective,
                Range(field, "nullableVersions").Intersect(effective),
                tag,
                isNeverFlexible,
                IsTrue(field, "ignorable"),
                field.TryGetProperty("default", out JsonElement value) ? Literal(value, element) : null));
            if (field.TryGetProperty("fields", out JsonElement inner))
            {
                Describe(inner, common, effective, indentation + "  ", lines);
            }
            else if (isStruct)
            {
                Describe(common[element].GetProperty("fields"), common, effective, indentation + "  ", lines);
            }
        }
    }

    private static VersionRange Range(JsonElement element, string property)
    {
        if (!element.TryGetProperty(property, out JsonElement text))
        {
            return VersionRange.None;
        }

        Assert.True(VersionRange.TryParse(text.GetString()!, out VersionRange range), $"{text} are no versions");
        return range;
    }

    // The published files write booleans with and without quotes.
    private static bool IsTrue(JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement value) && bool.Parse(value.ToString());

    private static string Literal(JsonElement value, string type)
    {
        string text = value.ToString();
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? text.ToLowerInvariant()
            : text == "null" ? text
            : type == "string" ? $"\"{text}\""
            : text.StartsWith("0x", StringComparison.Ordinal)
                ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : text;
    }

    private static string Title(string name, short? apiKey, VersionRange versions, VersionRange flexible, VersionRange unstable) =>
        $"{name} {apiKey}: versions {versions}, flexible {flexible}, unstable {unstable}";

    private static string Line(
        string name,
        bool isArray,
        string type,
        VersionRange versions,
        VersionRange nullable,
        int? tag,
        bool isNeverFlexible,
        bool isIgnorable,
        string? defaultLiteral)
    {
        // Zero, false and the empty string are the defaults where nothing else is written.
        string value = defaultLiteral is null or "0" or "false" or "\"\"" ? "" : $" = {defaultLiteral}";
        return $"{name}: {(isArray ? "[]" : "")}{type.ToLowerInvariant()} {versions} nullable {nullable} tag {tag} {isNeverFlexible} {isIgnorable}{value}";
    }
}
