using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic</c>: looks at topics and changes them.</summary>
internal sealed class TopicCommand : Command
{
    public TopicCommand(ClientOptions options)
        : base("topic", "Looks at topics, creates, changes, empties and deletes them.")
    {
        Add(new TopicListCommand(options));
        Add(new TopicDescribeCommand(options));
        Add(new TopicCreateCommand(options));
        Add(new TopicAlterCommand(options));
        Add(new TopicAddPartitionsCommand(options));
        Add(new TopicEmptyCommand(options));
        Add(new TopicDeleteCommand(options));
        options.AddTo(this);
        options.AddOutputTo(this);
    }
}
