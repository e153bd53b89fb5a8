using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>kafka-ts with <c>groupProtocol: 'consumer'</c> (KIP-848), which owes nothing to librdkafka.</summary>
public sealed class KafkaTsConsumerProtocolTests(ConsumerProtocolFixture broker) : IClassFixture<ConsumerProtocolFixture>
{
    private const int Partitions = 6;
    private const int RecordsPerRound = 60;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly ConfluentClient Client = ConfluentClient.Instance;

    private readonly string _topic = $"topic-{Guid.NewGuid():n}";
    private readonly string _group = $"group-{Guid.NewGuid():n}";
    private readonly Observed _observed = new();

    private string BootstrapServers => broker.Broker.BootstrapServers;

    [Fact]
    public async Task Members_share_partitions_with_one_of_librdkafka_and_take_over_when_others_leave()
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, Partitions, new Dictionary<string, string>());
        await using var confluent = ConfluentReader.Member(
            BootstrapServers, _group, _topic, _observed, autoCommitIntervalMs: 200, GroupProtocol.Consumer);
        await using var one = await KafkaTsTests.Client.JoinByConsumerProtocolAsync(BootstrapServers, _group, _topic, _observed);
        await using var two = await KafkaTsTests.Client.JoinByConsumerProtocolAsync(BootstrapServers, _group, _topic, _observed);

        // What the others have, one of them sees in what it has left.
        await confluent.WaitUntilAsync(() => confluent.Assignment.Count == 2, "The three have two partitions each");
        await RunRoundAsync("first", [confluent, one, two]);
        Assert.All(new Reader[] { one, two }, member => Assert.NotEmpty(member.Records));

        await two.LeaveAsync();
        await confluent.WaitUntilAsync(() => confluent.Assignment.Count == 3, "Two have three partitions each");
        await RunRoundAsync("second", [confluent, one]);

        await confluent.LeaveAsync();
        await RunRoundAsync("third", [one]);
        await one.LeaveAsync();
        Assert.Equal(one.DistinctCount, one.Records.Count);
    }

    /// <summary>Produces, and waits until everything is read and committed.</summary>
    private async Task RunRoundAsync(string round, Reader[] members)
    {
        await Client.ProduceAsync(
            BootstrapServers,
            _topic,
            [.. Enumerable.Range(0, RecordsPerRound).Select(i => TestRecord.Of(i % Partitions, round, $"{i}"))],
            ProduceOptions.Default);
        await Reader.WaitUntilAsync(members, () => CountRead(members, round) == RecordsPerRound, $"The records of the {round} round are read");
        var ends = await ConfluentClient.EndsAsync(BootstrapServers, _topic);
        await Eventually.HoldsAsync(
            async () => ends.OrderBy(end => end.Key).SequenceEqual((await Client.GroupOffsetsAsync(BootstrapServers, _group, _topic)).OrderBy(offset => offset.Key)),
            Timeout);
    }

    private static int CountRead(IEnumerable<Reader> members, string round) => members
        .SelectMany(member => member.Records)
        .Where(record => record.Content.StartsWith($"'{round}'", StringComparison.Ordinal))
        .Select(record => (record.Partition, record.Offset)).Distinct().Count();
}
