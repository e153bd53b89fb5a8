using System.Text;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>kcat, a command line tool on librdkafka. It has no calls for administration but metadata and offsets.</summary>
internal sealed class KcatClient : KafkaClient
{
    private const char KeyDelimiter = '\t';

    public override string Name => "kcat";

    public override IReadOnlySet<ClientFeature> Features { get; } = new HashSet<ClientFeature>
    {
        ClientFeature.Gzip,
        ClientFeature.Snappy,
        ClientFeature.Lz4,
        ClientFeature.Zstd,
        ClientFeature.ProducerCompression,
        ClientFeature.IdempotentProducer,
        ClientFeature.Nulls,
        ClientFeature.Headers,
        ClientFeature.RepeatedHeaders,
        ClientFeature.TimestampLookup,
        ClientFeature.Groups,
        ClientFeature.Transactions,
        ClientFeature.ListTopics,
        ClientFeature.ListOffsets,
    };

    public override async Task ProduceAsync(
        string bootstrapServers, string topic, IReadOnlyList<TestRecord> records, ProduceOptions options)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("records");
        // The order within a partition is the one that counts.
        var ordered = records.OrderBy(record => record.Partition).ToArray();
        for (var start = 0; start < ordered.Length;)
        {
            // One run can only send records of one partition, with the same headers, that all have a key and a value, or not.
            var end = start + 1;
            while (end < ordered.Length && Shape(ordered[end]) == Shape(ordered[start]))
            {
                end++;
            }

            var run = ordered[start..end];
            await File.WriteAllLinesAsync(path, run.Select(Line));
            await RunAsync([.. ProducerArguments(bootstrapServers, topic, run[0], options), "-l", path]);
            start = end;
        }
    }

    public override async Task<IReadOnlyList<ReceivedRecord>> ReadAsync(
        string bootstrapServers, string topic, ReadStart start, IReadOnlyDictionary<int, long> ends)
    {
        var from = start.TimestampMs is { } timestampMs ? $"s@{timestampMs}" : "beginning";
        var output = await RunAsync(["-b", bootstrapServers, "-C", "-q", "-t", topic, "-o", from, "-e", "-J"]);
        return [.. output.Split('\n').Where(line => line.StartsWith('{')).Select(KcatReader.ParseRecord)];
    }

    public override Task<Reader> ReadFromEndAsync(string bootstrapServers, string topic, Observed observed) =>
        Task.FromResult<Reader>(new KcatReader(["-b", bootstrapServers, "-C", "-t", topic, "-o", "end", "-J", "-u"], observed));

    public override Task<Reader> JoinGroupAsync(string bootstrapServers, string group, string topic, Observed observed) =>
        Task.FromResult<Reader>(new KcatReader(
            ["-b", bootstrapServers, "-G", group, "-J", "-u", "-X", "auto.offset.reset=earliest", topic], observed));

    public override async Task<string?> TransactionErrorAsync(string bootstrapServers, string topic)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("record");
        await File.WriteAllTextAsync(path, "1");
        var (exitCode, output) = await RunningProcess.RunAsync(
            "kcat", ["-b", bootstrapServers, "-P", "-t", topic, "-X", "transactional.id=transaction", path], Timeout);
        return exitCode == 0 ? null : output;
    }

    public override async Task<IReadOnlyList<string>> ListTopicsAsync(string bootstrapServers)
    {
        var output = await RunAsync(["-b", bootstrapServers, "-L"]);
        return [.. output.Split('\n').Where(line => line.TrimStart().StartsWith("topic \"", StringComparison.Ordinal)).Select(line => line.Split('"')[1])];
    }

    public override async Task<int> DescribeTopicAsync(string bootstrapServers, string topic)
    {
        var output = await RunAsync(["-b", bootstrapServers, "-L", "-t", topic]);
        return output.Split('\n').Count(line => line.TrimStart().StartsWith("partition ", StringComparison.Ordinal));
    }

    public override async Task<(long Earliest, long Latest)> ListOffsetsAsync(string bootstrapServers, string topic, int partition)
    {
        return (await QueryAsync(-2), await QueryAsync(-1));

        async Task<long> QueryAsync(int timestamp)
        {
            var output = await RunAsync(["-b", bootstrapServers, "-Q", "-t", $"{topic}:{partition}:{timestamp}"]);
            return long.Parse(output.Trim().Split(' ')[^1]);
        }
    }

    public override Task CreateTopicAsync(
        string bootstrapServers, string topic, int partitions, IReadOnlyDictionary<string, string> configs) =>
        throw new NotSupportedException();

    public override Task CreatePartitionsAsync(string bootstrapServers, string topic, int count) => throw new NotSupportedException();

    public override Task<IReadOnlyDictionary<string, string?>> DescribeConfigsAsync(string bootstrapServers, string topic) =>
        throw new NotSupportedException();

    public override Task AlterConfigAsync(string bootstrapServers, string topic, string name, string value) =>
        throw new NotSupportedException();

    public override Task DeleteRecordsAsync(string bootstrapServers, string topic, int partition, long beforeOffset) =>
        throw new NotSupportedException();

    public override Task<IReadOnlyList<string>> ListGroupsAsync(string bootstrapServers) => throw new NotSupportedException();

    public override Task<(string State, int Members)> DescribeGroupAsync(string bootstrapServers, string group) =>
        throw new NotSupportedException();

    public override Task<IReadOnlyDictionary<int, long>> GroupOffsetsAsync(string bootstrapServers, string group, string topic) =>
        throw new NotSupportedException();

    public override Task DeleteGroupAsync(string bootstrapServers, string group) => throw new NotSupportedException();

    public override Task DeleteTopicAsync(string bootstrapServers, string topic) => throw new NotSupportedException();

    private static List<string> ProducerArguments(string bootstrapServers, string topic, TestRecord record, ProduceOptions options)
    {
        List<string> arguments = ["-b", bootstrapServers, "-P", "-t", topic];
        if (record.Partition >= 0)
        {
            arguments.AddRange(["-p", $"{record.Partition}"]);
        }

        if (record.Key is not null)
        {
            arguments.AddRange(["-K", $"{KeyDelimiter}"]);
        }

        if (record.Value is null)
        {
            arguments.Add("-Z");
        }

        foreach (var (key, value) in record.Headers)
        {
            arguments.AddRange(["-H", $"{key}={Encoding.UTF8.GetString(value!)}"]);
        }

        if (options.Compression is { } compression)
        {
            arguments.AddRange(["-z", compression]);
        }

        if (options.Idempotent)
        {
            arguments.AddRange(["-X", "enable.idempotence=true"]);
        }

        if (options.MaxMessageBytes is { } maxMessageBytes)
        {
            arguments.AddRange(["-X", $"message.max.bytes={maxMessageBytes}"]);
        }

        return arguments;
    }

    private static (int Partition, bool HasKey, bool HasValue, string Headers) Shape(TestRecord record) =>
        (record.Partition, record.Key is not null, record.Value is not null, TestRecord.ContentOf(null, null, record.Headers));

    private static string Line(TestRecord record)
    {
        var value = Encoding.UTF8.GetString(record.Value ?? []);
        return record.Key is null ? value : $"{Encoding.UTF8.GetString(record.Key)}{KeyDelimiter}{value}";
    }

    // Standard output alone, and as a whole: a test process keeps only the beginning of what its children write.
    private static async Task<string> RunAsync(IReadOnlyList<string> arguments)
    {
        await using var process = RunningProcess.Start("kcat", arguments);
        using var deadline = new CancellationTokenSource(Timeout);
        var output = new StringBuilder();
        try
        {
            while (await process.ReadStandardOutputLineAsync(deadline.Token) is { } line)
            {
                output.Append(line).Append('\n');
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"kcat {string.Join(' ', arguments)} did not end. {process.Output}");
        }

        var exitCode = await process.WaitForExitAsync(Timeout);
        Assert.True(exitCode == 0, $"kcat {string.Join(' ', arguments)} failed: {process.Output}");
        return output.ToString();
    }
}
