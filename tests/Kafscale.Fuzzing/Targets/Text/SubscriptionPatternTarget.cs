using System.Text;
using Kafscale.Broker.Groups.Consumer;

namespace Kafscale.Fuzzing.Targets.Text;

/// <summary>The regular expressions that consumers subscribe by.</summary>
internal sealed class SubscriptionPatternTarget : FuzzTarget
{
    private static readonly string[] TopicNames = ["topic", "topic-1", "a.b_c", new string('a', 249)];

    public override string Name => "patterns";

    // Most of it is free again at once, but an automaton takes it while it is made.
    public override long MaxAllocatedBytes(int inputLength) => 256L * 1024 * 1024;

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        if (!SubscriptionPattern.TryParse(Encoding.UTF8.GetString(input.Span), out SubscriptionPattern? pattern, out _))
        {
            return null;
        }

        foreach (string topicName in TopicNames)
        {
            pattern.Matches(topicName);
        }

        return pattern;
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        string[] patterns =
        [
            "topic.*", "(a|b)+c?", "[a-z0-9_.-]{1,20}", @"^topic-\d+$", @"(?P<name>x)\b", @"\p{L}+", "(?i)TOPIC", "a{2,5}?", @"[^a-c\s]*", "(((a)*)*)*b", @"\w+\.\w+",
        ];
        return patterns.Select(Encoding.UTF8.GetBytes);
    }
}
