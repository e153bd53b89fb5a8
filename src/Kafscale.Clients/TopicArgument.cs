using System.Globalization;

namespace Kafscale.Clients;

/// <summary>A topic as it is named on the command line: <c>orders</c>, or <c>orders:0,3</c> for some of its partitions.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partitions">Null: all.</param>
internal readonly record struct TopicArgument(string Topic, IReadOnlyList<int>? Partitions)
{
    /// <exception cref="CommandFailedException">It is neither of the two.</exception>
    public static TopicArgument Parse(string argument)
    {
        var colon = argument.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 && argument.Length > 0)
        {
            return new TopicArgument(argument, null);
        }

        return colon > 0 && TryParsePartitions(argument[(colon + 1)..], out var partitions)
            ? new TopicArgument(argument[..colon], partitions)
            : throw new CommandFailedException($"A topic is NAME, or NAME:PARTITION,PARTITION,..., and not {argument}.");
    }

    /// <summary>Partitions with commas between them.</summary>
    public static bool TryParsePartitions(string text, out IReadOnlyList<int> partitions)
    {
        var numbers = new List<int>();
        partitions = numbers;
        foreach (var number in text.Split(','))
        {
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition))
            {
                return false;
            }

            numbers.Add(partition);
        }

        return true;
    }
}
