using System.CommandLine;
using Confluent.Kafka;

namespace Kafscale.Cli.Commands.Bench;

/// <summary>The flags that say how a benchmark produces.</summary>
internal sealed class BenchProducerOptions
{
    private const int MaxBufferedKilobytes = 64 * 1024;
    private const int MaxBufferedRecords = 100_000;

    private readonly ProducerOptions _common;
    private readonly Option<int> _batchBytes = new("--batch-bytes") { Description = "Bytes of a batch at most.", HelpName = "BYTES", DefaultValueFactory = _ => 1_000_000 };
    private readonly Option<int> _lingerMs = new("--linger-ms") { Description = "How long a batch waits for more records.", HelpName = "MS", DefaultValueFactory = _ => 5 };

    /// <summary>Adds the flags to a command.</summary>
    public BenchProducerOptions(Command command)
    {
        _common = new ProducerOptions(command);
        command.Add(_batchBytes);
        command.Add(_lingerMs);
    }

    public ProducerConfig Read(ParseResult parsed)
    {
        var config = _common.Read(parsed);
        config.BatchSize = parsed.GetValue(_batchBytes);
        config.BatchNumMessages = MaxBufferedRecords;
        config.LingerMs = parsed.GetValue(_lingerMs);
        config.QueueBufferingMaxKbytes = MaxBufferedKilobytes;
        config.QueueBufferingMaxMessages = MaxBufferedRecords;
        return config;
    }
}
