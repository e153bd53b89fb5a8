using System.Text.Json;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>
/// A client of another language, driven by a program of the folder <c>clients</c>: each call is a process that gets a command
/// and a file of JSON, and that answers with one JSON object a line.
/// </summary>
internal sealed class ScriptedClient : KafkaClient
{
    private readonly Driver _driver;

    /// <param name="name">How the client is called.</param>
    /// <param name="driver">What drives it.</param>
    /// <param name="lacks">What the client does not offer.</param>
    public ScriptedClient(string name, Driver driver, params ClientFeature[] lacks)
    {
        Name = name;
        Features = Enum.GetValues<ClientFeature>().Except(lacks).ToHashSet();
        _driver = driver;
    }

    public override string Name { get; }

    public override IReadOnlySet<ClientFeature> Features { get; }

    public override async Task ProduceAsync(
        string bootstrapServers, string topic, IReadOnlyList<TestRecord> records, ProduceOptions options) =>
        await RunAsync("produce", new
        {
            bootstrap = bootstrapServers,
            topic,
            compression = options.Compression,
            idempotent = options.Idempotent,
            maxMessageBytes = options.MaxMessageBytes,
            records = records.Select(record => new
            {
                p = record.Partition,
                k = record.Key,
                v = record.Value,
                h = record.Headers.Select(header => new object?[] { header.Key, header.Value }),
                t = record.TimestampMs,
            }),
        });

    public override async Task<IReadOnlyList<ReceivedRecord>> ReadAsync(
        string bootstrapServers, string topic, ReadStart start, IReadOnlyDictionary<int, long> ends)
    {
        var events = await RunAsync("read", new { bootstrap = bootstrapServers, topic, timestamp = start.TimestampMs, ends });
        return [.. events.Where(line => line.Event == "record").Select(line => line.ToRecord())];
    }

    public override Task<Reader> ReadFromEndAsync(string bootstrapServers, string topic, Observed observed) =>
        StartReaderAsync("tail", new { bootstrap = bootstrapServers, topic }, observed);

    public override Task<Reader> JoinGroupAsync(string bootstrapServers, string group, string topic, Observed observed) =>
        StartReaderAsync("member", new { bootstrap = bootstrapServers, group, topic }, observed);

    /// <summary>Like <see cref="JoinGroupAsync"/>, with members of other clients: it assigns as they do, and is soon missed when it is killed.</summary>
    public Task<Reader> JoinMixedGroupAsync(string bootstrapServers, string group, string topic, Observed observed) =>
        StartReaderAsync("mixedMember", new { bootstrap = bootstrapServers, group, topic }, observed);

    /// <summary>Like <see cref="JoinGroupAsync"/>, by the consumer protocol (KIP-848).</summary>
    public Task<Reader> JoinByConsumerProtocolAsync(string bootstrapServers, string group, string topic, Observed observed) =>
        StartReaderAsync("consumerProtocolMember", new { bootstrap = bootstrapServers, group, topic }, observed);

    public override async Task<string?> TransactionErrorAsync(string bootstrapServers, string topic)
    {
        var (exitCode, events) = await TryRunAsync("transaction", new { bootstrap = bootstrapServers, topic });
        return exitCode == 0 ? null : events.Last(line => line.Event == "error").Message;
    }

    public override async Task CreateTopicAsync(
        string bootstrapServers, string topic, int partitions, IReadOnlyDictionary<string, string> configs) =>
        await RunAsync("createTopic", new { bootstrap = bootstrapServers, topic, partitions, configs });

    public override async Task<IReadOnlyList<string>> ListTopicsAsync(string bootstrapServers) =>
        await AskAsync<string[]>("listTopics", new { bootstrap = bootstrapServers });

    public override Task<int> DescribeTopicAsync(string bootstrapServers, string topic) =>
        AskAsync<int>("describeTopic", new { bootstrap = bootstrapServers, topic });

    public override async Task CreatePartitionsAsync(string bootstrapServers, string topic, int count) =>
        await RunAsync("createPartitions", new { bootstrap = bootstrapServers, topic, count });

    public override async Task<IReadOnlyDictionary<string, string?>> DescribeConfigsAsync(string bootstrapServers, string topic) =>
        await AskAsync<Dictionary<string, string?>>("describeConfigs", new { bootstrap = bootstrapServers, topic });

    public override async Task AlterConfigAsync(string bootstrapServers, string topic, string name, string value) =>
        await RunAsync("alterConfig", new { bootstrap = bootstrapServers, topic, name, value });

    public override async Task<(long Earliest, long Latest)> ListOffsetsAsync(string bootstrapServers, string topic, int partition)
    {
        var offsets = await AskAsync<long[]>("listOffsets", new { bootstrap = bootstrapServers, topic, partition });
        return (offsets[0], offsets[1]);
    }

    public override async Task DeleteRecordsAsync(string bootstrapServers, string topic, int partition, long beforeOffset) =>
        await RunAsync("deleteRecords", new { bootstrap = bootstrapServers, topic, partition, offset = beforeOffset });

    public override async Task<IReadOnlyList<string>> ListGroupsAsync(string bootstrapServers) =>
        await AskAsync<string[]>("listGroups", new { bootstrap = bootstrapServers });

    public override async Task<(string State, int Members)> DescribeGroupAsync(string bootstrapServers, string group)
    {
        var description = await AskAsync<JsonElement>("describeGroup", new { bootstrap = bootstrapServers, group });
        return (description.GetProperty("state").GetString()!, description.GetProperty("members").GetInt32());
    }

    public override async Task<IReadOnlyDictionary<int, long>> GroupOffsetsAsync(string bootstrapServers, string group, string topic) =>
        await AskAsync<Dictionary<int, long>>("groupOffsets", new { bootstrap = bootstrapServers, group, topic });

    public override async Task DeleteGroupAsync(string bootstrapServers, string group) =>
        await RunAsync("deleteGroup", new { bootstrap = bootstrapServers, group });

    public override async Task DeleteTopicAsync(string bootstrapServers, string topic) =>
        await RunAsync("deleteTopic", new { bootstrap = bootstrapServers, topic });

    private async Task<T> AskAsync<T>(string command, object arguments)
    {
        var events = await RunAsync(command, arguments);
        return events.Single(line => line.Event == "result").Value.Deserialize<T>()!;
    }

    private async Task<IReadOnlyList<ClientEvent>> RunAsync(string command, object arguments)
    {
        var (exitCode, events) = await TryRunAsync(command, arguments);
        Assert.True(exitCode == 0, $"{Name} could not {command}: {string.Join(" | ", events.Where(line => line.Event is "error" or "output").Select(line => line.Message))}");
        return events;
    }

    private async Task<(int ExitCode, IReadOnlyList<ClientEvent> Events)> TryRunAsync(string command, object arguments)
    {
        using var folder = new TemporaryFolder();
        await using var process = await StartAsync(command, arguments, folder);
        using var deadline = new CancellationTokenSource(Timeout);
        var events = new List<ClientEvent>();
        try
        {
            while (await process.ReadStandardOutputLineAsync(deadline.Token) is { } line)
            {
                events.Add(ClientEvent.Parse(line));
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not finish '{command}' within {Timeout}. {process.Output[..Math.Min(process.Output.Length, 4000)]}");
        }

        var exitCode = await process.WaitForExitAsync(Timeout);
        if (exitCode != 0 && !events.Exists(line => line.Event == "error"))
        {
            events.Add(ClientEvent.OfOutput($"exit code {exitCode}: {process.Output}"));
        }

        return (exitCode, events);
    }

    private async Task<Reader> StartReaderAsync(string command, object arguments, Observed observed)
    {
        var folder = new TemporaryFolder();
        return new ScriptedReader(await StartAsync(command, arguments, folder), folder, observed);
    }

    private async Task<RunningProcess> StartAsync(string command, object arguments, TemporaryFolder folder)
    {
        var file = folder.File("arguments.json");
        await using (var stream = File.Create(file))
        {
            await JsonSerializer.SerializeAsync(stream, arguments);
        }

        var (program, programArguments) = await _driver.CommandLineAsync();
        return RunningProcess.Start(program, [.. programArguments, command, file]);
    }
}
