using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public abstract partial class ClientContract
{
    [Fact]
    public async Task Reading_can_begin_at_a_timestamp()
    {
        SkipUnlessOffered(ClientFeature.TimestampLookup);
        const long StartMs = 1_700_000_000_000;
        var topic = await CreateTopicAsync(2);
        var records = Enumerable.Range(0, 1000)
            .Select(i => TestRecord.Of(i % 2, $"key {i}", $"value {i}") with { TimestampMs = StartMs + i }).ToArray();
        // Several batches, so that the lookup has to find the batch and the record in it.
        foreach (var part in records.Chunk(100))
        {
            await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, part, ProduceOptions.Default);
        }

        var received = await ReadAllAsync(topic, ReadStart.At(StartMs + 501));

        Assert.Equal(
            records.Skip(501).Select(record => record.Content).Order(),
            received.Select(record => record.Content).Order());
    }

    [Fact]
    public async Task Reading_at_the_end_yields_only_what_comes_later()
    {
        var topic = await CreateTopicAsync(1);
        await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, [TestRecord.Of(0, "old", "1")], ProduceOptions.Default);
        await using var reader = await _client.ReadFromEndAsync(BootstrapServers, topic, new Observed());
        await reader.WaitUntilReadyAsync();

        await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, [TestRecord.Of(0, "new", "2")], ProduceOptions.Default);
        await reader.WaitUntilAsync(() => reader.Records.Count > 0, "The new record is read");

        Assert.Equal((1, "'new' = '2' []"), (reader.Records[0].Offset, reader.Records[0].Content));
        await reader.LeaveAsync();
    }

    [Fact]
    public async Task Every_client_reads_what_another_one_has_written()
    {
        var topic = await CreateTopicAsync(1);
        var records = new List<TestRecord>();
        foreach (var compression in new[] { "none", "gzip", "snappy", "lz4", "zstd" })
        {
            if (compression != "none" && !_client.Features.Contains(CodecOf(compression)))
            {
                continue;
            }

            var written = Enumerable.Range(0, 50).Select(i => TestRecord.Of(0, $"key {i}", $"{compression} {i}", ("codec", compression))).ToArray();
            await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, written, new ProduceOptions { Compression = compression, Idempotent = true });
            records.AddRange(written);
        }

        // A client that knows no headers reads the records without them.
        var expected = _client.Features.Contains(ClientFeature.Headers) ? records : records.Select(record => record with { Headers = [] });
        AssertSameRecords(expected, await ReadAllAsync(topic));
    }
}
