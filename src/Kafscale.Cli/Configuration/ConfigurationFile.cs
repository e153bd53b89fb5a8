using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kafscale.Cli.Configuration;

/// <summary>
/// Reads settings from YAML. Keys may be written with dots or as nested mappings, <c>flush.bytes: 8MiB</c> or
/// <c>flush:</c> with <c>bytes: 8MiB</c> in it; a list is the same as its values separated by commas.
/// </summary>
internal static class ConfigurationFile
{
    private const int MaxFileBytes = 1 << 20;
    private const int MaxDepth = 16;

    /// <summary>Reads a file.</summary>
    /// <param name="fileName">The file.</param>
    /// <param name="problems">Takes what is wrong with it, where something is.</param>
    /// <returns>The values that could be read, by their dotted keys.</returns>
    public static Dictionary<string, string> Read(string fileName, ICollection<string> problems)
    {
        var values = new Dictionary<string, string>();
        try
        {
            if (new FileInfo(fileName).Length > MaxFileBytes)
            {
                problems.Add($"{fileName} is larger than 1 MiB, which no configuration file is.");
                return values;
            }

            switch (Parse(File.ReadAllText(fileName)).Documents)
            {
                case []:
                    break;
                case [{ RootNode: YamlMappingNode root }]:
                    AddMapping(root, prefix: "", depth: 0);
                    break;
                default:
                    problems.Add($"{fileName} is not one mapping of settings to values; valid: lines such as flush.bytes: 8MiB.");
                    break;
            }
        }
        catch (YamlException e)
        {
            problems.Add($"{fileName} is not valid YAML, near line {e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add($"{fileName} cannot be read: {e.Message}");
        }

        return values;

        void AddMapping(YamlMappingNode mapping, string prefix, int depth)
        {
            foreach (var (keyNode, valueNode) in mapping.Children)
            {
                if (keyNode is not YamlScalarNode { Value.Length: > 0 } || depth == MaxDepth)
                {
                    problems.Add($"{fileName} has a key in line {keyNode.Start.Line} that is not the name of a setting.");
                    continue;
                }

                var key = prefix + keyNode;
                switch (valueNode)
                {
                    case YamlMappingNode nested:
                        AddMapping(nested, key + ".", depth + 1);
                        break;
                    case YamlScalarNode { Value: { } value } scalar when value.Length > 0 || scalar.Style != ScalarStyle.Plain:
                        AddValue(key, value, keyNode);
                        break;
                    case YamlSequenceNode list when list.Children.All(item => item is YamlScalarNode):
                        AddValue(key, string.Join(',', list.Children), keyNode);
                        break;
                    default:
                        problems.Add($"{key} in {fileName} has no value, in line {keyNode.Start.Line}.");
                        break;
                }
            }
        }

        void AddValue(string key, string value, YamlNode keyNode)
        {
            if (!values.TryAdd(key, value))
            {
                problems.Add($"{key} in {fileName} is given twice, again in line {keyNode.Start.Line}.");
            }
        }
    }

    private static YamlStream Parse(string text)
    {
        var yaml = new YamlStream();
        try
        {
            // The tree is loaded by recursion, which a file that is nested without end would take down the process with.
            CheckDepth(new Parser(new StringReader(text)));
            yaml.Load(new StringReader(text));
        }
        catch (Exception e) when (e is not YamlException)
        {
            // The parser answers some malformed files with exceptions of other kinds.
            throw new YamlException(e.Message);
        }

        return yaml;
    }

    private static void CheckDepth(Parser parser)
    {
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth)
            {
                throw new YamlException(parser.Current.Start, parser.Current.End, $"it is nested more than {MaxDepth} deep");
            }
        }
    }
}
