using System.Diagnostics;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>A broker that is attacked, and clients that must not notice.</summary>
public abstract class HostileContract(BrokerFixture fixture) : IAsyncLifetime
{
    private const int LargeRecordBytes = 300_000;

    private static readonly TimeSpan MaxDisturbance = TimeSpan.FromSeconds(5);

    private readonly string _topic = $"probe-{Guid.NewGuid():n}";
    private IProducer<byte[]?, byte[]?>? _producer;
    private RawConnection? _connection;

    /// <summary>The broker under attack.</summary>
    protected BrokerProcess Broker => fixture.Broker;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _connection = await OpenAsync();
        _producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = Broker.BootstrapServers, EnableIdempotence = true });
        await AssertOthersUnaffectedAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_producer is not null)
        {
            await AssertOthersUnaffectedAsync();
            _producer.Dispose();
        }

        _connection?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<RawConnection> OpenAsync(int? receiveBufferBytes = null) => RawConnection.OpenAsync(Broker.Port, receiveBufferBytes);

    private protected async Task<RawConnection[]> OpenManyAsync(int count, int? receiveBufferBytes = null)
    {
        var connections = new RawConnection[count];
        for (var i = 0; i < count; i++)
        {
            connections[i] = await OpenAsync(receiveBufferBytes);
        }

        return connections;
    }

    private protected long ResidentBytes() => BrokerMemory.ResidentBytes(Broker.ProcessId);

    private protected void AssertGrowthBelow(long mebibytes, long residentBytesBefore) =>
        BrokerMemory.AssertGrowthBelow(mebibytes * BrokerMemory.Mebibyte, residentBytesBefore, Broker.ProcessId);

    /// <summary>Connections that were there before are answered at once, small and large records are acknowledged, new clients are served.</summary>
    protected async Task AssertOthersUnaffectedAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var versions = await _connection!.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        Assert.NotEmpty(versions.ApiKeys);
        await _producer!.ProduceAsync(_topic, new Message<byte[]?, byte[]?> { Value = [1] }).WaitAsync(MaxDisturbance);
        await _producer.ProduceAsync(_topic, new Message<byte[]?, byte[]?> { Value = new byte[LargeRecordBytes] }).WaitAsync(MaxDisturbance);
        using var late = await OpenAsync();
        await late.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        var disturbance = Stopwatch.GetElapsedTime(started);
        Assert.True(disturbance < MaxDisturbance, $"Other clients had to wait for {disturbance}.");
    }
}
