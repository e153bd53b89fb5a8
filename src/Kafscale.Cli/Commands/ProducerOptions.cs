using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Parsing;

namespace Kafscale.Cli.Commands;

/// <summary>The flags of every command that produces.</summary>
internal sealed class ProducerOptions
{
    private readonly Option<string> _compression = new Option<string>("--compression", "-z")
    {
        Description = "How batches are compressed.",
        DefaultValueFactory = _ => "none",
    }.Among("none", "gzip", "snappy", "lz4", "zstd");

    private readonly Option<string> _acks = new Option<string>("--acks")
    {
        Description = "Who has to have a record: nobody, the leader, or all of its replicas.",
        DefaultValueFactory = _ => "all",
    }.Among("0", "1", "all");

    /// <summary>Adds the flags to a command.</summary>
    public ProducerOptions(Command command)
    {
        command.Add(_compression);
        command.Add(_acks);
    }

    /// <summary>What they say, to be completed.</summary>
    public ProducerConfig Read(ParseResult parsed) => new()
    {
        CompressionType = Enum.Parse<CompressionType>(parsed.GetValue(_compression)!, ignoreCase: true),
        Acks = parsed.GetValue(_acks) switch
        {
            "0" => Acks.None,
            "1" => Acks.Leader,
            _ => Acks.All,
        },
    };
}
