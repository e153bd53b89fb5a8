using System.Globalization;
using Kafscale.Clients;
using Kafscale.Clients.Parsing;
using Kafscale.Console.Cluster;
using Microsoft.AspNetCore.WebUtilities;

namespace Kafscale.Console.Messages;

/// <summary>What somebody has written about the messages to be read; also the query of the page's address.</summary>
internal sealed class MessageForm
{
    private const string DefaultFrom = "newest";
    private const string DefaultLimit = "100";

    public string From { get; set; } = DefaultFrom;

    /// <summary>The offset or the time.</summary>
    public string At { get; set; } = "";

    public string Partitions { get; set; } = "";

    public string Key { get; set; } = "";

    public string Value { get; set; } = "";

    public string Header { get; set; } = "";

    public string Json { get; set; } = "";

    public string Limit { get; set; } = DefaultLimit;

    /// <summary>What of an address says which messages are to be read.</summary>
    public static string QueryOf(string uri) => Read(new Uri(uri).Query).ToQuery();

    /// <summary>Reads the query of an address.</summary>
    public static MessageForm Read(string query)
    {
        var values = QueryHelpers.ParseQuery(query);
        string Find(string name, string otherwise = "") => values.TryGetValue(name, out var value) ? value.ToString() : otherwise;
        return new MessageForm
        {
            From = Find("from", DefaultFrom),
            At = Find("at"),
            Partitions = Find("partitions"),
            Key = Find("key"),
            Value = Find("value"),
            Header = Find("header"),
            Json = Find("json"),
            Limit = Find("limit", DefaultLimit),
        };
    }

    /// <summary>The query of an address; empty where everything is as it is at first.</summary>
    public string ToQuery()
    {
        var values = new Dictionary<string, string?>();
        Add("from", From == DefaultFrom ? "" : From);
        Add("at", From is "offset" or "time" ? At : "");
        Add("partitions", Partitions);
        Add("key", Key);
        Add("value", Value);
        Add("header", Header);
        Add("json", Json);
        Add("limit", Limit == DefaultLimit ? "" : Limit);
        return QueryHelpers.AddQueryString("", values);

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                values.Add(name, value);
            }
        }
    }

    /// <summary>What is to be read.</summary>
    /// <exception cref="FormatException">Something of it is wrong; the message says what.</exception>
    public MessageQuery ToMessageQuery(string topic, DateTimeOffset now)
    {
        var start = From switch
        {
            "newest" => MessageStart.Newest,
            "beginning" => MessageStart.Beginning,
            "offset" => MessageStart.Offset,
            "time" => MessageStart.Time,
            "live" => MessageStart.Live,
            _ => throw new FormatException("Reading begins at newest, beginning, offset, time or live."),
        };
        if (!int.TryParse(Limit, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > MessageQuery.MaxLimit)
        {
            throw new FormatException($"At most is a number from 1 to {MessageQuery.MaxLimit}.");
        }

        IReadOnlyList<int>? partitions = null;
        if (Partitions.Trim().Length > 0 && !TopicArgument.TryParsePartitions(Partitions.Replace(" ", "", StringComparison.Ordinal), out partitions))
        {
            throw new FormatException("Partitions are numbers with commas between them.");
        }

        var json = Json.Trim().Length == 0 ? null : JsonCondition.Parse(Json);
        return new MessageQuery(topic, partitions, start, PositionOf(start, now), limit, new MessageFilter(Key, Value, Header, json));
    }

    private LogPosition? PositionOf(MessageStart start, DateTimeOffset now) => start switch
    {
        MessageStart.Offset => new LogPosition.AtOffset(WrittenPosition.ParseOffset(At)),
        MessageStart.Time => new LogPosition.AtTime(WrittenPosition.ParseTime(At, now)),
        _ => null,
    };
}
