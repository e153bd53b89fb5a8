using System.CommandLine;
using System.Text;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Commands.Topics;
using Kafscale.Cli.Parsing;
using Kafscale.Cli.Records;
using Kafscale.Clients;
using Kafscale.Clients.Parsing;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Commands.Records;

/// <summary><c>kafscale produce</c>: writes records.</summary>
internal sealed class ProduceCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale produce orders 'hello' 'world'                      # two records
          echo 'hello' | kafscale produce orders --key customer-7
          kafscale produce orders --file orders.txt --key-separator :  # lines as customer-7:hello
          kafscale produce orders --input json < orders.jsonl          # what 'consume --output json' writes
          kafscale produce images --input whole --file cat.png --key cat
          kafscale produce orders --key customer-7 --tombstone

        Values are arguments, or else the lines of a file or of the standard input. A line of JSON is an object with "key", "value",
        "headers", "partition" and "timestamp", or "keyBase64" and "valueBase64"; each may be left out. Keys go to the
        partitions to which Java's clients send them. Ctrl-C sends what has been read, and no more.
        """;

    private const string TextOutput = "text";
    private const string JsonOutput = "json";
    private const int MaxBufferedKilobytes = 256 * 1024;

    private readonly ProducerOptions _producer;
    private readonly Argument<string> _topic;
    private readonly Argument<string[]> _values = new("value") { Description = "Values, one for each record.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string> _file = new("--file") { Description = "Reads this file instead of the standard input.", HelpName = "FILE" };
    private readonly Option<string> _input = new Option<string>("--input", "-i")
    {
        Description = "What lines are: text, hexadecimal digits or JSON; or all of the input is one value.",
        DefaultValueFactory = _ => RecordInput.Text,
    }.Among(RecordInput.Text, RecordInput.Json, RecordInput.Hex, RecordInput.Whole);

    private readonly Option<string> _key = new("--key", "-k") { Description = "The key of every record that has no other.", HelpName = "TEXT" };
    private readonly Option<string> _keySeparator = new("--key-separator", "-K") { Description = "Lines are a key, this, and a value.", HelpName = "TEXT" };
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "A header of every record.", HelpName = "NAME=VALUE" };
    private readonly Option<int?> _partition = new("--partition", "-p") { Description = "The partition; otherwise the key decides.", HelpName = "NUMBER" };
    private readonly Option<string> _timestamp = new("--timestamp") { Description = "The time of every record, as 2026-03-01T12:00:00Z or -10m.", HelpName = "TIME" };
    private readonly Option<bool> _tombstone = new("--tombstone") { Description = "Values are null: one record for --key, or one for each line, which is its key." };
    private readonly Option<string> _output = new Option<string>("--output", "-o")
    {
        Description = "Says how many records are written, or in JSON where each of them is.",
        DefaultValueFactory = _ => TextOutput,
    }.Among(TextOutput, JsonOutput);

    public ProduceCommand(ClientOptions options)
        : base("produce", "Writes records to a topic.", ExamplesText, options)
    {
        foreach (var symbol in (ReadOnlySpan<Option>)[_file, _input, _key, _keySeparator, _headers, _partition, _timestamp, _tombstone])
        {
            Add(symbol);
        }

        _producer = new ProducerOptions(this);
        Add(_output);
        Add(_topic = TopicArguments.One(options));
        Add(_values);
        options.AddTo(this);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var topic = parsed.GetValue(_topic)!;
        var template = ReadTemplate(parsed);
        var reader = new RecordLineReader(
            parsed.GetValue(_input)!,
            parsed.GetValue(_keySeparator) is { Length: > 0 } separator ? Encoding.UTF8.GetBytes(separator) : null,
            template,
            parsed.GetValue(_tombstone));
        using var producer = client.CreateProducer(ReadConfig(parsed, client.Timeout));
        DeliveryReport<byte[]?, byte[]?>? last = null;
        var isJson = parsed.GetValue(_output) == JsonOutput;
        var sender = new RecordSender(producer, topic, OnAcknowledged, Surroundings.TimeProvider);
        string? fault = null;
        try
        {
            await SendAllAsync(parsed, template, reader, sender, cancellationToken);
        }
        catch (FormatException e)
        {
            fault = e.Message;
        }
        catch (OperationCanceledException)
        {
            // What has been read is sent, as if the input ended here.
        }

        sender.Flush();
        return await ReportAsync(topic, sender, isJson, last, fault, cancellationToken);

        void OnAcknowledged(DeliveryReport<byte[]?, byte[]?> report)
        {
            last = report;
            if (isJson)
            {
                Surroundings.Output.WriteLine(
                    $$"""{"topic":"{{topic}}","partition":{{report.Partition.Value}},"offset":{{report.Offset.Value}},"timestamp":{{report.Timestamp.UnixTimestampMs}}}""");
            }
        }
    }

    private async Task SendAllAsync(
        ParseResult parsed, OutgoingRecord template, RecordLineReader reader, RecordSender sender, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_values) is { Length: > 0 } values)
        {
            foreach (var value in values)
            {
                await sender.SendAsync(reader.Read(Encoding.UTF8.GetBytes(value)), cancellationToken);
            }
        }
        else if (parsed.GetValue(_tombstone) && template.Key is not null)
        {
            await sender.SendAsync(template, cancellationToken);
        }
        else
        {
            await using var stream = await OpenInputAsync(parsed.GetValue(_file));
            await SendLinesAsync(stream, parsed.GetValue(_input) == RecordInput.Whole, reader, sender, cancellationToken);
        }
    }

    private static async Task SendLinesAsync(Stream stream, bool isWhole, RecordLineReader reader, RecordSender sender, CancellationToken cancellationToken)
    {
        var lines = new LineReader(stream, KafkaClient.MaxRecordBytes);
        if (isWhole)
        {
            await sender.SendAsync(reader.Read(await lines.ReadAllAsync(cancellationToken)), cancellationToken);
            return;
        }

        // Where one has failed, the next would fail as well, and their order would be lost.
        for (var number = 1L; sender.FirstFailure is null && await lines.ReadAsync(cancellationToken) is { } line; number++)
        {
            try
            {
                await sender.SendAsync(reader.Read(line), cancellationToken);
            }
            catch (FormatException e)
            {
                throw new FormatException($"Line {number}: {e.Message}");
            }
        }
    }

    private async Task<Stream> OpenInputAsync(string? file)
    {
        if (file is not null)
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        }

        if (Surroundings.IsInputTerminal)
        {
            await Surroundings.Error.WriteLineAsync("Every line that you type is a record. Ctrl-D ends.");
        }

        return Surroundings.InputBytes?.Invoke() ?? throw new CommandFailedException("There is no input: name values or a file.");
    }

    private async Task<int> ReportAsync(
        string topic, RecordSender sender, bool isJson, DeliveryReport<byte[]?, byte[]?>? last, string? fault, CancellationToken cancellationToken)
    {
        var isFailed = fault is not null || sender.FirstFailure is not null;
        if (!isJson && (sender.Acknowledged > 0 || !isFailed))
        {
            await Surroundings.Output.WriteLineAsync(
                sender.Acknowledged == 1
                    ? $"1 record is written to {topic}, partition {last!.Partition.Value}{(last.Offset.Value >= 0 ? $", offset {last.Offset.Value}" : "")}."
                    : $"{sender.Acknowledged} records are written to {topic}.");
        }

        if (fault is not null)
        {
            throw new CommandFailedException($"{fault} What came before it is written.");
        }

        if (sender.FirstFailure is { } error)
        {
            throw new CommandFailedException($"{sender.Failed} records are not written to {topic}: {ErrorExplanation.Of(error)}");
        }

        return cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
    }

    private OutgoingRecord ReadTemplate(ParseResult parsed)
    {
        long? timestampMs = null;
        if (parsed.GetValue(_timestamp) is { } text)
        {
            timestampMs = TimeText.TryParse(text, Surroundings.TimeProvider.GetUtcNow(), out var time)
                ? time.ToUnixTimeMilliseconds()
                : throw new CommandFailedException($"--timestamp is {TimeText.Examples}, and not {text}.");
        }

        return new OutgoingRecord
        {
            Key = parsed.GetValue(_key) is { } key ? Encoding.UTF8.GetBytes(key) : null,
            Partition = parsed.GetValue(_partition) is not < 0 ? parsed.GetValue(_partition) : throw new CommandFailedException("--partition is a number from 0 on."),
            TimestampMs = timestampMs,
            Headers =
            [
                .. (parsed.GetValue(_headers) ?? []).Select(header => Assignments.Split("--header", header))
                    .Select(header => KeyValuePair.Create(header.Name, (byte[]?)Encoding.UTF8.GetBytes(header.Value))),
            ],
        };
    }

    private ProducerConfig ReadConfig(ParseResult parsed, TimeSpan timeout)
    {
        var config = _producer.Read(parsed);

        // Neither twice nor in another order, whatever happens to the connection.
        config.EnableIdempotence = config.Acks == Acks.All;
        config.Partitioner = Partitioner.Murmur2Random;
        config.MessageTimeoutMs = (int)timeout.TotalMilliseconds;
        config.TopicMetadataPropagationMaxMs = (int)timeout.TotalMilliseconds / 2;
        config.QueueBufferingMaxKbytes = MaxBufferedKilobytes;
        return config;
    }
}
