using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Parsing;

namespace Kafscale.Cli.Commands.Bench;

/// <summary>The flags that say how a benchmark produces.</summary>
internal sealed class BenchProducerOptions
{
    private const int MaxBufferedKilobytes = 64 * 1024;
    private const int MaxBufferedRecords = 100_000;
    private const int MaxRecordBytes = 128 * 1024 * 1024;

    private readonly Option<string> _compression = new Option<string>("--compression", "-z") { Description = "How batches are compressed.", DefaultValueFactory = _ => "none" }
        .Among("none", "gzip", "snappy", "lz4", "zstd");

    private readonly Option<string> _acks = new Option<string>("--acks") { Description = "Who has to have a record.", DefaultValueFactory = _ => "all" }.Among("0", "1", "all");
    private readonly Option<int> _batchBytes = new("--batch-bytes") { Description = "Bytes of a batch at most.", HelpName = "BYTES", DefaultValueFactory = _ => 1_000_000 };
    private readonly Option<int> _lingerMs = new("--linger-ms") { Description = "How long a batch waits for more records.", HelpName = "MS", DefaultValueFactory = _ => 5 };

    /// <summary>Adds the flags to a command.</summary>
    public BenchProducerOptions(Command command)
    {
        command.Add(_compression);
        command.Add(_acks);
        command.Add(_batchBytes);
        command.Add(_lingerMs);
    }

    public ProducerConfig Read(ParseResult parsed) => new()
    {
        CompressionType = Enum.Parse<CompressionType>(parsed.GetValue(_compression)!, ignoreCase: true),
        Acks = parsed.GetValue(_acks) switch
        {
            "0" => Acks.None,
            "1" => Acks.Leader,
            _ => Acks.All,
        },
        BatchSize = parsed.GetValue(_batchBytes),
        BatchNumMessages = MaxBufferedRecords,
        LingerMs = parsed.GetValue(_lingerMs),
        MessageMaxBytes = MaxRecordBytes,
        QueueBufferingMaxKbytes = MaxBufferedKilobytes,
        QueueBufferingMaxMessages = MaxBufferedRecords,
    };
}
