using System.Security.Cryptography;
using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public abstract partial class ClientContract
{
    private const int Mebibyte = 1 << 20;

    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Records_come_back_whatever_their_compression(string? compression)
    {
        if (compression is not (null or "none"))
        {
            SkipUnlessOffered(ClientFeature.ProducerCompression, CodecOf(compression));
        }

        var topic = await CreateTopicAsync(3);
        var records = Enumerable.Range(0, 600)
            .Select(i => TestRecord.Of(i % 3, $"key {i}", $"value {i}: {new string((char)('a' + (i % 26)), i)}")).ToArray();

        await _client.ProduceAsync(BootstrapServers, topic, records, new ProduceOptions { Compression = compression });

        AssertSameRecords(records, await ReadAllAsync(topic));
    }

    [Fact]
    public async Task An_idempotent_producer_is_acknowledged()
    {
        SkipUnlessOffered(ClientFeature.IdempotentProducer);
        var topic = await CreateTopicAsync(3);
        var records = Enumerable.Range(0, 3000).Select(i => TestRecord.Of(i % 3, $"key {i}", $"value {i}")).ToArray();

        await _client.ProduceAsync(BootstrapServers, topic, records, new ProduceOptions { Idempotent = true });

        AssertSameRecords(records, await ReadAllAsync(topic));
    }

    [Fact]
    public async Task Null_keys_null_values_and_empty_values_come_back()
    {
        SkipUnlessOffered(ClientFeature.Nulls);
        await ProduceAndReadAsync(
            TestRecord.Of(0, "key", "value"), TestRecord.Of(0, null, "no key"), TestRecord.Of(0, "deleted", null), TestRecord.Of(0, "empty value", ""));
    }

    [Fact]
    public async Task Headers_come_back()
    {
        SkipUnlessOffered(ClientFeature.Headers);
        await ProduceAndReadAsync(
            TestRecord.Of(0, "key", "value", ("trace", "1234"), ("kind", "test")),
            TestRecord.Of(0, "no header", "value"),
            TestRecord.Of(0, "a header with an empty value", "value", ("empty", "")));
    }

    [Fact]
    public async Task Headers_of_the_same_name_come_back()
    {
        SkipUnlessOffered(ClientFeature.RepeatedHeaders);
        await ProduceAndReadAsync(TestRecord.Of(0, "key", "value", ("trace", "1234"), ("trace", "5678"), ("kind", "test")));
    }

    [Fact]
    public async Task A_header_with_a_null_value_comes_back()
    {
        SkipUnlessOffered(ClientFeature.NullHeaderValues);
        await ProduceAndReadAsync(TestRecord.Of(0, "key", "value", ("null", null), ("next", "1")));
    }

    [Fact]
    public async Task A_hundred_thousand_records_keep_their_content_and_order()
    {
        var topic = await CreateTopicAsync(4);
        var records = Enumerable.Range(0, 100_000).Select(i => TestRecord.Of(i % 4, $"key {i}", $"value {i} of many")).ToArray();

        await _client.ProduceAsync(BootstrapServers, topic, records, ProduceOptions.Default);

        AssertSameRecords(records, await ReadAllAsync(topic));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    public async Task A_record_of_several_mebibytes_comes_back(int mebibytes)
    {
        var topic = await CreateTopicAsync(1);
        var large = Convert.ToHexString(RandomNumberGenerator.GetBytes(mebibytes * Mebibyte / 2));
        TestRecord[] records = [TestRecord.Of(0, "small", "before"), TestRecord.Of(0, "large", large), TestRecord.Of(0, "small", "after")];

        await _client.ProduceAsync(
            BootstrapServers, topic, records, new ProduceOptions { MaxMessageBytes = (mebibytes + 1) * Mebibyte });

        AssertSameRecords(records, await ReadAllAsync(topic));
    }

    [Fact]
    public async Task A_topic_is_created_by_the_first_record()
    {
        var topic = NewName("auto");
        TestRecord[] records = [TestRecord.Of(-1, "key", "value")];

        await _client.ProduceAsync(BootstrapServers, topic, records, ProduceOptions.Default);

        var received = Assert.Single(await ReadAllAsync(topic));
        Assert.Equal(records[0].Content, received.Content);
    }

    [Fact]
    public async Task The_timestamp_that_the_producer_gives_is_kept()
    {
        SkipUnlessOffered(ClientFeature.RecordTimestamps);
        var topic = await CreateTopicAsync(1);
        TestRecord[] records = [TestRecord.Of(0, "key", "value") with { TimestampMs = 1_600_000_000_000 }];

        await _client.ProduceAsync(BootstrapServers, topic, records, ProduceOptions.Default);

        Assert.Equal(1_600_000_000_000, Assert.Single(await ReadAllAsync(topic)).TimestampMs);
    }

    [Fact]
    public async Task A_transaction_is_refused_at_once_and_with_a_reason()
    {
        SkipUnlessOffered(ClientFeature.Transactions);
        var topic = await CreateTopicAsync(1);

        var error = await _client.TransactionErrorAsync(BootstrapServers, topic);

        Assert.NotNull(error);
        Assert.DoesNotContain("timed out", error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("timeout", error, StringComparison.OrdinalIgnoreCase);
        Assert.All((await ConfluentClient.EndsAsync(BootstrapServers, topic)).Values, end => Assert.Equal(0, end));
        TestContext.Current.SendDiagnosticMessage($"{_client.Name}: {error}");
    }

    private async Task ProduceAndReadAsync(params TestRecord[] records)
    {
        var topic = await CreateTopicAsync(1);

        await _client.ProduceAsync(BootstrapServers, topic, records, ProduceOptions.Default);

        AssertSameRecords(records, await ReadAllAsync(topic));
    }
}
