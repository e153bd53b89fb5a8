using Confluent.Kafka;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A Confluent.Kafka consumer with the thread that it needs.</summary>
internal sealed class ConfluentReader : Reader
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly CancellationTokenSource _leaving = new();
    private readonly Task _reading;
    private int[] _assigned = [];

    private ConfluentReader(ConsumerConfig config, Action<IConsumer<byte[]?, byte[]?>> begin, Observed observed)
        : base(observed)
    {
        _consumer = ConfluentClient.Consumer(config)
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(_assigned.Union(partitions.Select(partition => partition.Partition.Value))))
            .SetPartitionsRevokedHandler((_, partitions) => OnAssigned(_assigned.Except(partitions.Select(partition => partition.Partition.Value))))
            .SetPartitionsLostHandler((_, partitions) => OnAssigned(_assigned.Except(partitions.Select(partition => partition.Partition.Value))))
            .Build();
        _reading = Task.Factory.StartNew(() => Read(begin), TaskCreationOptions.LongRunning);
    }

    public static ConfluentReader Member(
        string bootstrapServers, string group, string topic, Observed observed, int? autoCommitIntervalMs = null, GroupProtocol? protocol = null) => new(
        new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AutoCommitIntervalMs = autoCommitIntervalMs,
            GroupProtocol = protocol,
        },
        consumer => consumer.Subscribe(topic),
        observed);

    public static ConfluentReader FromEnd(string bootstrapServers, string topic, Observed observed) => new(
        new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = $"end-{Guid.NewGuid()}",
            AutoOffsetReset = AutoOffsetReset.Latest,
            EnablePartitionEof = true,
        },
        consumer => consumer.Subscribe(topic),
        observed);

    public override async Task LeaveAsync()
    {
        await _leaving.CancelAsync();
        await _reading;
    }

    public override async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        _leaving.Dispose();
    }

    /// <summary>Some are added, or taken away: all at once only in the eager protocol.</summary>
    private new void OnAssigned(IEnumerable<int> partitions)
    {
        _assigned = [.. partitions];
        base.OnAssigned(_assigned);
    }

    private void Read(Action<IConsumer<byte[]?, byte[]?>> begin)
    {
        try
        {
            begin(_consumer);
            while (true)
            {
                var result = _consumer.Consume(_leaving.Token);
                if (result.IsPartitionEOF)
                {
                    OnReady();
                }
                else
                {
                    OnRecord(ConfluentClient.Received(result));
                }
            }
        }
        catch (OperationCanceledException)
        {
            _consumer.Close();
        }
        catch (KafkaException exception)
        {
            OnFailure(exception.ToString());
        }
        finally
        {
            _consumer.Dispose();
        }
    }
}
