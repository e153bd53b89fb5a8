using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>Members of three client libraries in one group, of which some are killed and others come.</summary>
public sealed class MixedGroupTests(ConsumerProtocolFixture broker) : IClassFixture<ConsumerProtocolFixture>
{
    private const int Partitions = 6;
    private const int RecordsPerRound = 60;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly ConfluentClient Client = ConfluentClient.Instance;

    private readonly string _topic = $"topic-{Guid.NewGuid():n}";
    private readonly string _group = $"group-{Guid.NewGuid():n}";
    private readonly Observed _observed = new();
    private readonly List<(Reader Reader, int Round, int Seen)> _settled = [];
    private readonly List<Reader> _everybody = [];
    private int _rounds;

    private string BootstrapServers => broker.Broker.BootstrapServers;

    [Theory]
    [InlineData(GroupProtocol.Classic)]
    [InlineData(GroupProtocol.Consumer)]
    public async Task Every_record_is_delivered_and_none_again_that_was_committed(GroupProtocol protocol)
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, Partitions, new Dictionary<string, string>());
        await using var python = await AddAsync(KafkaPythonTests.Client.JoinMixedGroupAsync(BootstrapServers, _group, _topic, _observed));
        await using var confluent = await AddAsync(Task.FromResult<Reader>(Confluent(protocol)));
        var js = await AddAsync(KafkaJsTests.Client.JoinMixedGroupAsync(BootstrapServers, _group, _topic, _observed));
        await using (js)
        {
            await Reader.WaitUntilAsync(_everybody, () => _everybody.All(reader => reader.Assignment.Count > 0), "Everybody has partitions");
            await RunRoundAsync();
            Assert.Equal(protocol == GroupProtocol.Consumer ? "consumer" : "classic", await TypeOfGroupAsync());
        }

        // Disposal has killed it: it did not leave, and the group does not know yet.
        await RunRoundAsync();
        await using var another = await AddAsync(Task.FromResult<Reader>(Confluent(protocol)));
        await using var secondJs = await AddAsync(KafkaJsTests.Client.JoinMixedGroupAsync(BootstrapServers, _group, _topic, _observed));
        await RunRoundAsync();

        // Only those of the classic protocol stay.
        await confluent.LeaveAsync();
        await another.LeaveAsync();
        await RunRoundAsync();
        Assert.Equal("classic", await TypeOfGroupAsync());
        await python.LeaveAsync();
        await secondJs.LeaveAsync();

        foreach (var (reader, round, seen) in _settled)
        {
            Assert.DoesNotContain(reader.Records.Skip(seen), record => RoundOf(record) <= round);
        }
    }

    private ConfluentReader Confluent(GroupProtocol protocol) =>
        ConfluentReader.Member(BootstrapServers, _group, _topic, _observed, autoCommitIntervalMs: 200, protocol);

    private async Task<Reader> AddAsync(Task<Reader> joining)
    {
        var reader = await joining;
        _everybody.Add(reader);
        return reader;
    }

    /// <summary>Produces, and waits until everything is read and committed.</summary>
    private async Task RunRoundAsync()
    {
        var round = ++_rounds;
        await Client.ProduceAsync(
            BootstrapServers,
            _topic,
            [.. Enumerable.Range(0, RecordsPerRound).Select(i => TestRecord.Of(i % Partitions, $"{round}", $"{i}"))],
            ProduceOptions.Default);
        await Reader.WaitUntilAsync(_everybody, () => CountRead(round) == RecordsPerRound, $"The records of round {round} are read");
        var ends = await ConfluentClient.EndsAsync(BootstrapServers, _topic);
        await Eventually.HoldsAsync(
            async () => ends.OrderBy(end => end.Key).SequenceEqual((await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic)).OrderBy(offset => offset.Key)),
            Timeout);
        _settled.AddRange(_everybody.Select(reader => (reader, round, reader.Records.Count)));
    }

    private int CountRead(int round) =>
        _everybody.SelectMany(reader => reader.Records).Where(record => RoundOf(record) == round).Select(record => (record.Partition, record.Offset)).Distinct().Count();

    private static int RoundOf(ReceivedRecord record) => int.Parse(record.Key!, System.Globalization.CultureInfo.InvariantCulture);

    private async Task<string> TypeOfGroupAsync()
    {
        var (exitCode, output) = await RunningProcess.RunAsync(
            BrokerProcess.Executable, ["group", "list", "--bootstrap-server", BootstrapServers], Timeout);
        Assert.Equal(0, exitCode);
        var line = output.Split('\n').Single(line => line.StartsWith(_group, StringComparison.Ordinal));
        return line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
    }
}
