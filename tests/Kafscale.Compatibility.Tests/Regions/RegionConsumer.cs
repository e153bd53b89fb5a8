using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>A consumer of partition 0 from its beginning, in a rack, which checks that it gets every record once and in order.</summary>
internal sealed class RegionConsumer : IDisposable
{
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly string _topic;
    private readonly TimeSpan _patience;
    private int _next;
    private int _broker = -1;

    public RegionConsumer(string bootstrapServers, string topic, string rack, TimeSpan patience)
    {
        _topic = topic;
        _patience = patience;
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = topic,
            ClientRack = rack,
            EnableAutoCommit = false,
            StatisticsIntervalMs = 100,
        };
        _consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetStatisticsHandler((_, statistics) => TakeBroker(statistics)).Build();
        _consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
    }

    /// <summary>A value that tells which one it is.</summary>
    public static byte[] ValueOf(int number, int length)
    {
        var value = new byte[length];
        new Random(number).NextBytes(value);
        BinaryPrimitives.WriteInt32BigEndian(value, number);
        return value;
    }

    /// <summary>Reads on until so many records have come in all.</summary>
    public void ReadUntil(int count)
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (_next < count)
        {
            var record = _consumer.Consume(TimeSpan.FromMilliseconds(100));
            if (record is null)
            {
                Assert.True(Stopwatch.GetElapsedTime(startedAt) < _patience, $"Record {_next} of {count} did not come.");
                continue;
            }

            Assert.Equal(_next, record.Offset.Value);
            Assert.Equal(ValueOf(_next, record.Message.Value.Length), record.Message.Value);
            _next++;
        }
    }

    /// <summary>The broker that the next fetch will go to.</summary>
    public int BrokerAtEnd()
    {
        _broker = -1;
        var startedAt = Stopwatch.GetTimestamp();
        while (_broker < 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(startedAt) < _patience, "There are no statistics.");
            Assert.Null(_consumer.Consume(TimeSpan.FromMilliseconds(50)));
        }

        return _broker;
    }

    public void Dispose() => _consumer.Dispose();

    private void TakeBroker(string statistics)
    {
        using var json = JsonDocument.Parse(statistics);
        if (json.RootElement.GetProperty("topics").TryGetProperty(_topic, out var topic))
        {
            _broker = topic.GetProperty("partitions").GetProperty("0").GetProperty("broker").GetInt32();
        }
    }
}
