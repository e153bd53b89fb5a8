namespace Kafscale.Simulation.Scheduling;

/// <summary>What a reader of a trace wants to know about: a key of the metadata or the bucket, or <c>topic/partition</c>.</summary>
internal sealed class TraceSubject(string text)
{
    private readonly List<string> _names = [text];

    /// <summary>Knows a topic by its id too, as keys and clients' histories do.</summary>
    public void Name(string topic, Guid topicId)
    {
        if (text.StartsWith(topic + "/", StringComparison.Ordinal))
        {
            _names.Add($"{topicId:N}{text[topic.Length..]}");
        }
    }

    /// <summary>Whether a line mentions it, and not only something that begins like it.</summary>
    public bool IsIn(string line)
    {
        foreach (var name in _names)
        {
            for (var at = line.IndexOf(name, StringComparison.Ordinal); at >= 0; at = line.IndexOf(name, at + 1, StringComparison.Ordinal))
            {
                var end = at + name.Length;
                if (end == line.Length || !char.IsAsciiLetterOrDigit(line[end]))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
