using System.CommandLine;
using Kafscale.Cli.Configuration;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale events</c>: the reference page of all log events, as Markdown.</summary>
internal sealed class EventsCommand : Command
{
    public EventsCommand(TextWriter output)
        : base("events", "Prints the reference of all log events as Markdown.") =>
        SetAction(_ => output.Write(EventsReference.Markdown()));
}
