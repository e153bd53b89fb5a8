using System.CommandLine;
using Kafscale.Cli.Configuration;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale settings</c>: the reference page of all settings, as Markdown.</summary>
internal sealed class SettingsCommand : Command
{
    public SettingsCommand(TextWriter output)
        : base("settings", "Prints the reference of all settings as Markdown.") =>
        SetAction(_ => output.Write(SettingsReference.Markdown()));
}
