using System.Text;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>A broker that stands still with records uploaded and not committed, until others have taken over and written: the fence.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ZombieTests(SharedRadosGateway gateway, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Partition = 0;
    private const short ProduceVersion = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private BrokerCluster _cluster = null!;
    private string _topic = "";
    private ClusterBroker _zombie = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await BrokerCluster.StartAsync(await gateway.GetAsync());
        _topic = await _cluster.CreateTopicAsync(BrokerCluster.BrokerCount);
        _zombie = await _cluster.LeaderOfAsync(_topic, Partition);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync(output);

    [Fact]
    public async Task What_a_broker_has_uploaded_when_it_is_paused_until_it_is_replaced_never_becomes_visible()
    {
        using var bucket = new S3ObjectStore(_cluster.Bucket, TimeProvider.System);

        await PauseUntilReplacedAsync(
            holdBack: _zombie.S3.CutAnswers,
            isHeldBack: async () => await CountWalObjectsAsync(bucket) == 2,
            letGo: () =>
            {
                _zombie.S3.Mend();
                return Task.CompletedTask;
            });

        Assert.Equal(4, await CountWalObjectsAsync(bucket));
    }

    [Fact]
    public Task A_commit_that_reaches_etcd_when_its_broker_has_been_replaced_changes_nothing() => PauseUntilReplacedAsync(
        holdBack: _zombie.Etcd!.Cut,
        isHeldBack: () => Task.FromResult(_zombie.Etcd!.HoldsRequest("/commits/")),
        letGo: async () =>
        {
            _zombie.Etcd!.Mend();
            await Eventually.HoldsAsync(() => !_zombie.Etcd.HoldsRequest("/commits/"), Patience, "the commit has gone on to etcd");
        });

    /// <param name="holdBack">Has something that the broker needs for its commit not come through.</param>
    /// <param name="isHeldBack">Whether it is that for which the broker waits.</param>
    /// <param name="letGo">Has it come through, while the broker is paused, and others have written.</param>
    private async Task PauseUntilReplacedAsync(Action holdBack, Func<Task<bool>> isHeldBack, Func<Task> letGo)
    {
        Assert.Equal(ErrorCode.None, await ProduceAsync(_zombie, "before"));
        holdBack();
        var zombieWrite = ProduceAsync(_zombie, "of the zombie");
        await Eventually.HoldsAsync(isHeldBack, Patience, "the broker waits between upload and commit");
        _zombie.Process.Send(Signal.Stop);

        await ProduceToSurvivorsAsync("after");
        await ProduceToSurvivorsAsync("after that");
        await letGo();
        _zombie.Process.Send(Signal.Continue);

        Assert.NotEqual(ErrorCode.None, await zombieWrite);
        await Eventually.HoldsAsync(LeadAllAsync, Patience, "the broker has registered again, and leads");

        // One that follows what is committed, and one that finds it all.
        await _zombie.Process.StopAsync();
        await _zombie.Process.StartAsync();
        foreach (var broker in _cluster.Brokers)
        {
            var records = await BrokerLog.ReadAsync(broker.Process.Port, _topic, new Dictionary<int, long> { [Partition] = 3 });
            Assert.Equal(
                [(0, "before"), (1, "after"), (2, "after that")],
                records.Select(record => (record.Offset, Encoding.UTF8.GetString(record.Value!))));
        }
    }

    private async Task ProduceToSurvivorsAsync(string value) => await Eventually.HoldsAsync(
        async () =>
        {
            foreach (var broker in _cluster.Brokers.Where(broker => broker != _zombie))
            {
                if (await ProduceAsync(broker, value) == ErrorCode.None)
                {
                    return true;
                }
            }

            return false;
        },
        Patience,
        $"another broker takes '{value}'");

    private async Task<ErrorCode> ProduceAsync(ClusterBroker broker, string value)
    {
        var batch = new RecordBatchBuilder().Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, Encoding.UTF8.GetBytes(value)).Build();
        using var connection = await RawConnection.OpenAsync(broker.Process.Port);
        var response = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(_topic, batch), ProduceVersion);
        return response.Responses[0].PartitionResponses[0].ErrorCode;
    }

    private async Task<bool> LeadAllAsync() => (await _cluster.LeadersAsync(_topic)).Values.Distinct().Count() == BrokerCluster.BrokerCount;

    private static async Task<int> CountWalObjectsAsync(S3ObjectStore bucket)
    {
        var count = 0;
        await foreach (var found in bucket.ListAsync("", null, CancellationToken.None))
        {
            count += found.Key.Contains("/wal/", StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }
}
