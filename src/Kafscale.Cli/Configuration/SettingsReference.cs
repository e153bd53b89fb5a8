using System.Text;
using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Configuration;

/// <summary>Makes docs/configuration.md from the table of settings.</summary>
internal static class SettingsReference
{
    private const string Introduction = """
        # Configuration

        This page is made by `./kafscale settings > docs/configuration.md`; a test checks that it is current.

        Every setting has three names: a key in the configuration file, an environment variable and a flag.
        `flush.interval.ms` is `KAFSCALE_FLUSH_INTERVAL_MS` is `--flush-interval-ms`. Where a setting is given more than
        once, the flag decides, then the environment, then the file, then the default. All of them are checked.

        The file is named by `--config FILE` or `KAFSCALE_CONFIG`. It is YAML: `flush.interval.ms: 100`, or the same
        nested:

        ```yaml
        broker:
          addr: 127.0.0.1:9092
          id: 1
        flush.interval.ms: 100
        ```

        A setting that is unknown, wrong, contradictory or missing stops the start with one message that names all such
        settings and what is valid. Of the environment, that concerns the variables whose names begin with `KAFSCALE_`,
        but for those of the console and the operator and those that Kubernetes makes for its services.

        Units are part of the names: `ms`, `sec`, `minutes`, `bytes`. Bytes may be written with the units `KiB`, `MiB`,
        `GiB`. A flag whose values are true or false may stand alone, which means true.

        `kafscale dev` takes the same settings as `kafscale broker`, but keeps everything in `data.dir` instead of in
        stores that are named to it.

        """;

    private const string OperatorIntroduction = """

        ## Operator

        These are the settings of `kafscale operator` ([operator.md](operator.md)), which are flags and environment variables alone.

        """;

    private const string TopicsIntroduction = """

        ## Configurations of a topic

        What can be set on a topic, when it is created or later (`kafscale topic alter`, `kafka-configs`). Those that mean nothing to a broker
        without replicas and log files are checked, kept and shown because tools set them. Values have at most 256 characters.

        | Name | Default | What it does |
        |---|---|---|

        """;

    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder(Introduction);
        foreach (var section in BrokerSettings.All.Where(setting => setting.MissingFeature is null).GroupBy(setting => setting.Section))
        {
            page.Append($"\n## {section.Key}\n");
            foreach (var setting in section)
            {
                AppendSetting(page, setting);
            }
        }

        page.Append(OperatorIntroduction);
        foreach (var setting in OperatorSettings.All)
        {
            AppendSetting(page, setting);
        }

        page.Append(TopicsIntroduction);
        foreach (var setting in TopicSettings.All)
        {
            page.Append($"| `{setting.Name}` | {(setting.Default.Length == 0 ? "empty" : Code(setting.Default, ""))} | {setting.Description} |\n");
        }

        page.Append("\n## Known, but not available in this version\n\n");
        page.Append("A broker that is given one of these refuses to start, unless the value is what this version does anyway.\n\n");
        page.Append("| Key | Of | What it will be for | Accepted |\n|---|---|---|---|\n");
        foreach (var setting in BrokerSettings.All.Where(setting => setting.MissingFeature is not null))
        {
            page.Append($"| `{setting.Key}` | {setting.MissingFeature} | {setting.Description} | {Code(setting.Default, "nothing")} |\n");
        }

        return page.ToString();
    }

    private static void AppendSetting(StringBuilder page, Setting setting)
    {
        var alias = setting.FlagAlias is { } flag ? $" or `{flag}`" : "";
        page.Append($"\n### {setting.Key}\n\n{setting.Description}\n\n");
        page.Append(setting.Key.StartsWith(OperatorSettings.Keys, StringComparison.Ordinal)
            ? $"- Names: `{setting.EnvironmentName}`, `{setting.FlagAlias}`\n"
            : $"- Names: `{setting.Key}`, `{setting.EnvironmentName}`, `{setting.Flag}`{alias}\n");
        page.Append($"- Valid: {setting.ValidValues}\n");
        page.Append($"- Default: {Code(setting.Default, setting.RequiredBy == ServerRole.None ? "none" : "none; it must be set")}");
        page.Append(setting.DevDefault is { } devDefault ? $"; in `kafscale dev` `{devDefault}`\n" : "\n");
        if (setting.Roles != ServerRole.Both)
        {
            page.Append($"- Only in `kafscale {setting.Roles.ToString().ToLowerInvariant()}`\n");
        }
    }

    private static string Code(string? value, string otherwise) => value is null ? otherwise : $"`{value}`";
}
