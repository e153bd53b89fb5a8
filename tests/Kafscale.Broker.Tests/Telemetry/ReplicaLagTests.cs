using System.Buffers;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class ReplicaLagTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MetadataKeys _metadataKeys = new("/kafscale/test");
    private readonly ObjectKeys _objectKeys = new("test");
    private readonly ClusterState _cluster;
    private readonly MemoryObjectStore _replica;
    private readonly ReplicaLag _lag;

    public ReplicaLagTests()
    {
        _cluster = new ClusterState(_metadataKeys, _objectKeys, new TopicConfiguration(), NullLogger<ClusterState>.Instance);
        _replica = new MemoryObjectStore(_time);
        _lag = new ReplicaLag(_replica, _cluster, _time);
    }

    [Fact]
    public async Task There_is_none_where_nothing_is_committed() => Assert.Equal(0, await MeasureAsync());

    [Fact]
    public async Task There_is_none_where_the_replica_has_the_newest_object()
    {
        Commit(1);
        Pass(1);
        Commit(2);
        await ReplicateAsync(2);
        Pass(30);
        Assert.Equal(0, await MeasureAsync());
    }

    [Fact]
    public async Task It_grows_until_the_replica_has_the_object_that_was_the_newest()
    {
        Commit(1);
        Pass(3);
        Assert.Equal(3, await MeasureAsync());
        Commit(2);
        Pass(5);
        Assert.Equal(8, await MeasureAsync());
        await ReplicateAsync(1);
        Assert.Equal(0, await MeasureAsync());
        Assert.Equal(5, await MeasureAsync());
        await ReplicateAsync(2);
        Assert.Equal(0, await MeasureAsync());
    }

    [Fact]
    public async Task An_object_that_is_removed_meanwhile_is_waited_for_no_longer()
    {
        Commit(1);
        Pass(3);
        Assert.Equal(3, await MeasureAsync());
        _cluster.ForgetWalObject(new WalObjectId(1, 1));
        Assert.Equal(0, await MeasureAsync());
    }

    [Fact]
    public async Task A_replica_that_does_not_answer_lags()
    {
        var lag = new ReplicaLag(new Support.FaultyObjectStore(_replica, CutOff()), _cluster, _time);
        Commit(1);
        Pass(60);
        await lag.MeasureAsync(TestContext.Current.CancellationToken);
        Assert.Equal(60, lag.Seconds);
    }

    [Fact]
    public async Task A_clock_that_is_behind_the_writer_s_makes_no_negative_lag()
    {
        Commit(1, createdAt: _time.GetUtcNow().AddSeconds(5));
        Assert.Equal(0, await MeasureAsync());
    }

    private static Support.Faults CutOff()
    {
        var faults = new Support.Faults();
        faults.Cut();
        return faults;
    }

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private void Commit(long sequence, DateTimeOffset? createdAt = null)
    {
        var commit = new CommitRecord { ObjectLength = 10, CreatedAtMs = (createdAt ?? _time.GetUtcNow()).ToUnixTimeMilliseconds() };
        var key = _metadataKeys.Commit(1, sequence);
        _cluster.Apply([new MetadataChange(key, sequence, new MetadataEntry(key, commit.ToByteArray(), sequence, sequence, 0))], sequence);
    }

    private ValueTask ReplicateAsync(long sequence) =>
        _replica.PutAsync(_objectKeys.Wal(1, sequence), new ReadOnlySequence<byte>(new byte[10]), PutCondition.None, CancellationToken.None);

    private async Task<double> MeasureAsync()
    {
        await _lag.MeasureAsync(TestContext.Current.CancellationToken);
        return _lag.Seconds;
    }
}
