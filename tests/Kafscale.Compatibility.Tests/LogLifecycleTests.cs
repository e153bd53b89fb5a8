using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>What becomes of records over restarts, merging, retention and deletion, as a consumer sees it.</summary>
public sealed class LogLifecycleTests
{
    private const string Topic = "topic";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ConfluentClient Client = ConfluentClient.Instance;

    [Fact]
    public async Task Topics_configurations_records_and_committed_offsets_survive_a_kill()
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        await CreateTopicAsync(broker, partitions: 3, ("retention.ms", "123456789"));
        var records = Numbered(300, partitions: 3);
        await ProduceAsync(broker, records);
        await using (var member = await Client.JoinGroupAsync(broker.BootstrapServers, "group", Topic, new Observed()))
        {
            await member.WaitUntilAsync(() => member.Records.Count == records.Length, "All records are read");
            await member.LeaveAsync();
        }

        var committed = await Client.GroupOffsetsAsync(broker.BootstrapServers, "group", Topic);
        await Client.DeleteRecordsAsync(broker.BootstrapServers, Topic, 0, beforeOffset: 50);
        await broker.KillAsync();
        await broker.StartAsync();

        Assert.Equal(3, await Client.DescribeTopicAsync(broker.BootstrapServers, Topic));
        Assert.Equal("123456789", (await Client.DescribeConfigsAsync(broker.BootstrapServers, Topic))["retention.ms"]);
        Assert.Equal([100, 100, 100], committed.OrderBy(offset => offset.Key).Select(offset => offset.Value));
        Assert.Equal(committed, await Client.GroupOffsetsAsync(broker.BootstrapServers, "group", Topic));
        Assert.Equal((50, 100), await Client.ListOffsetsAsync(broker.BootstrapServers, Topic, 0));
        var received = await ReadAllAsync(broker);
        Assert.Equal(250, received.Count);
        Assert.Equal(50, received.Where(record => record.Partition == 0).Min(record => record.Offset));

        // The group goes on where it was.
        await ProduceAsync(broker, [TestRecord.Of(1, "key", "later")]);
        await using var later = await Client.JoinGroupAsync(broker.BootstrapServers, "group", Topic, new Observed());
        await later.WaitUntilAsync(() => later.Records.Count > 0, "The later record is read");
        Assert.Equal((1, 100), (Assert.Single(later.Records).Partition, later.Records[0].Offset));
        await later.LeaveAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_topic_that_is_created_again_has_no_old_records(bool isRestartedBetween)
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        await CreateTopicAsync(broker, partitions: 1);
        await ProduceAsync(broker, Numbered(100));
        await Client.DeleteTopicAsync(broker.BootstrapServers, Topic);
        if (isRestartedBetween)
        {
            await broker.KillAsync();
            await broker.StartAsync();
        }

        await CreateTopicAsync(broker, partitions: 1);
        Assert.Equal((0, 0), await Client.ListOffsetsAsync(broker.BootstrapServers, Topic, 0));
        await ProduceAsync(broker, [TestRecord.Of(0, "key", "new")]);

        var received = Assert.Single(await ReadAllAsync(broker));
        Assert.Equal((0, "'key' = 'new' []"), (received.Offset, received.Content));
    }

    [Fact]
    public async Task Records_are_read_across_merged_segments_also_after_a_restart()
    {
        const long StartMs = 1_700_000_000_000;
        await using var broker = await BrokerProcess.StartDevAsync();
        await CreateTopicAsync(broker, partitions: 2, ("segment.bytes", "1048576"), ("retention.ms", "-1"));
        var records = Enumerable.Range(0, 12_000)
            .Select(i => TestRecord.Of(i % 2, $"{i}", $"{i} {new string((char)('a' + (i % 26)), 1000)}") with { TimestampMs = StartMs + i }).ToArray();
        // Several flushes make a segment, and several segments a partition.
        foreach (var part in records.Chunk(1000))
        {
            await ProduceAsync(broker, part);
        }

        await Eventually.HoldsAsync(() => Segments(broker, 0).Count >= 3 && Segments(broker, 1).Count >= 3, Patience, "Both partitions have three segments");
        AssertSame(records, await ReadAllAsync(broker));

        await broker.KillAsync();
        await broker.StartAsync();
        AssertSame(records, await ReadAllAsync(broker));
        AssertSame(records[2501..], await ReadAllAsync(broker, ReadStart.At(StartMs + 2501)));

        Assert.Equal(0, await broker.StopAsync());
        await broker.StartAsync();
        await ProduceAsync(broker, [TestRecord.Of(0, "later", "1")]);
        Assert.Equal(records.Length + 1, (await ReadAllAsync(broker)).Count);
        Assert.DoesNotContain(" fail: ", broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_older_than_the_retention_time_are_removed()
    {
        await using var broker = await BrokerProcess.StartDevAsync(["--log-retention-check-interval-ms", "100"]);
        await CreateTopicAsync(broker, partitions: 1, ("retention.ms", "3600000"));
        await ProduceAsync(broker, [.. Numbered(100).Select(record => record with { TimestampMs = 1_600_000_000_000 })]);
        await Eventually.HoldsAsync(
            async () => await Client.ListOffsetsAsync(broker.BootstrapServers, Topic, 0) == (100, 100), Patience, "The old records are gone");

        await ProduceAsync(broker, [TestRecord.Of(0, "key", "new")]);
        await broker.KillAsync();
        await broker.StartAsync();

        Assert.Equal((100, 101), await Client.ListOffsetsAsync(broker.BootstrapServers, Topic, 0));
        Assert.Equal(100, Assert.Single(await ReadAllAsync(broker)).Offset);
    }

    [Fact]
    public async Task Segments_beyond_the_retention_size_are_removed()
    {
        await using var broker = await BrokerProcess.StartDevAsync(["--log-retention-check-interval-ms", "100"]);
        await CreateTopicAsync(broker, partitions: 1, ("segment.bytes", "1048576"), ("retention.bytes", "2000000"));
        var value = new string('v', 1000);
        foreach (var part in Enumerable.Range(0, 10_000).Select(i => TestRecord.Of(0, null, value)).Chunk(1000))
        {
            await ProduceAsync(broker, part);
        }

        // The log start goes on moving until enough is gone; a look at it and a read count only where it rests in between.
        await Eventually.HoldsAsync(
            async () =>
            {
                var (earliest, latest) = await Client.ListOffsetsAsync(broker.BootstrapServers, Topic, 0);
                var received = await ReadAllAsync(broker);
                return latest == 10_000
                    && latest - earliest is >= 1000 and <= 5000
                    && received.Count == latest - earliest
                    && received[0].Offset == earliest;
            },
            Patience,
            "The oldest records are gone, and exactly the rest is read");
    }

    [Fact]
    public async Task A_consumer_whose_position_was_deleted_goes_on_at_the_log_start()
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        await CreateTopicAsync(broker, partitions: 1);
        await ProduceAsync(broker, Numbered(10));
        await using (var member = await Client.JoinGroupAsync(broker.BootstrapServers, "group", Topic, new Observed()))
        {
            await member.WaitUntilAsync(() => member.Records.Count == 10, "All records are read");
            await member.LeaveAsync();
        }

        await ProduceAsync(broker, Numbered(20));
        await Client.DeleteRecordsAsync(broker.BootstrapServers, Topic, 0, beforeOffset: 25);

        await using var later = await Client.JoinGroupAsync(broker.BootstrapServers, "group", Topic, new Observed());
        await later.WaitUntilAsync(() => later.Records.Count == 5, "What is left is read");
        Assert.Equal([25, 26, 27, 28, 29], later.Records.Select(record => record.Offset));
        await later.LeaveAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_is_sent_again_after_a_kill_is_stored_once(bool isMergedBefore)
    {
        const short Version = 9;
        await using var broker = await BrokerProcess.StartDevAsync(isMergedBefore ? ["--segment-ms", "1000"] : []);
        await CreateTopicAsync(broker, partitions: 1);
        long producerId;
        byte[] batch;
        using (var connection = await RawConnection.OpenAsync(broker.Port))
        {
            var id = await connection.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 }, 1);
            Assert.Equal(ErrorCode.None, id.ErrorCode);
            producerId = id.ProducerId;
            batch = Batch(producerId, sequence: 0);
            Assert.Equal((ErrorCode.None, 0), await ProduceAsync(connection, batch));
            Assert.Equal((ErrorCode.None, 1), await ProduceAsync(connection, Batch(producerId, sequence: 1)));
        }

        if (isMergedBefore)
        {
            // A partition's second segment begins when the first one is through.
            await Eventually.HoldsAsync(() => Segments(broker, 0).Count == 1, Patience, "The batches are merged");
        }

        await Client.ProduceAsync(broker.BootstrapServers, Topic, [TestRecord.Of(0, "of", "somebody else")], ProduceOptions.Default);
        if (isMergedBefore)
        {
            await Eventually.HoldsAsync(() => Segments(broker, 0).Count == 2, Patience, "The next batch is merged");
        }

        await broker.KillAsync();
        await broker.StartAsync();

        using var again = await RawConnection.OpenAsync(broker.Port);
        Assert.Equal((ErrorCode.None, 0), await ProduceAsync(again, batch));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), await ProduceAsync(again, Batch(producerId, sequence: 7)));
        Assert.Equal((ErrorCode.None, 3), await ProduceAsync(again, Batch(producerId, sequence: 2)));
        Assert.Equal((0, 4), await Client.ListOffsetsAsync(broker.BootstrapServers, Topic, 0));

        static byte[] Batch(long producerId, int sequence) =>
            new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = 0, BaseSequence = sequence }
                .Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, [(byte)sequence]).Build();

        static async Task<(ErrorCode Error, long BaseOffset)> ProduceAsync(RawConnection connection, byte[] batch)
        {
            var response = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(Topic, batch), Version);
            var partition = response.Responses[0].PartitionResponses[0];
            return ((ErrorCode)partition.ErrorCode, partition.BaseOffset);
        }
    }

    private static IReadOnlyList<string> Segments(BrokerProcess broker, int partition) =>
    [
        .. Directory.EnumerateFiles(broker.DataDirectory, "segment-*.kfs", SearchOption.AllDirectories)
            .Where(path => path.Contains($"/{Topic}/{partition}/", StringComparison.Ordinal)),
    ];

    private static TestRecord[] Numbered(int count, int partitions = 1) =>
        [.. Enumerable.Range(0, count).Select(i => TestRecord.Of(i % partitions, $"key {i}", $"value {i}"))];

    private static Task CreateTopicAsync(BrokerProcess broker, int partitions, params (string Name, string Value)[] configs) =>
        Client.CreateTopicAsync(broker.BootstrapServers, Topic, partitions, configs.ToDictionary(config => config.Name, config => config.Value));

    private static Task ProduceAsync(BrokerProcess broker, IReadOnlyList<TestRecord> records) =>
        Client.ProduceAsync(broker.BootstrapServers, Topic, records, new ProduceOptions { Idempotent = true });

    private static async Task<IReadOnlyList<ReceivedRecord>> ReadAllAsync(BrokerProcess broker, ReadStart start = default) =>
        await Client.ReadAsync(broker.BootstrapServers, Topic, start, await ConfluentClient.EndsAsync(broker.BootstrapServers, Topic));

    private static void AssertSame(IEnumerable<TestRecord> produced, IEnumerable<ReceivedRecord> received)
    {
        var actual = received.ToLookup(record => record.Partition);
        foreach (var partition in produced.GroupBy(record => record.Partition))
        {
            Assert.Equal(partition.Select(record => record.Content), actual[partition.Key].Select(record => record.Content));
        }
    }
}
