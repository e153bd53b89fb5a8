using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Crashes;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Producers and members of groups that go on all the time, on several topics, and the check of all that they were told.</summary>
internal sealed class ClusterLoad : IAsyncDisposable
{
    private const int Topics = 2;
    private const int Partitions = 6;
    private const int ProducersPerTopic = 2;
    private const int MaxInFlightOfBusyProducer = 50;
    private const int AutoCommitIntervalMs = 200;
    private const int PositionGroups = 3;

    // librdkafka waits for a minute (socket.timeout.ms) for a broker that does not answer, and its producers are all waiting for one then.
    private static readonly TimeSpan ProgressTimeout = TimeSpan.FromMinutes(3);

    private readonly BrokerCluster _cluster;
    private readonly IReadOnlyList<Flow> _flows;
    private readonly int _maxInFlight;

    private ClusterLoad(BrokerCluster cluster, IReadOnlyList<Flow> flows, int maxInFlight)
    {
        _cluster = cluster;
        _flows = flows;
        _maxInFlight = maxInFlight;
    }

    /// <summary>The topics, each of which has a partition that every broker led at first.</summary>
    public IReadOnlyList<string> TopicNames => [.. _flows.Select(flow => flow.Topic)];

    /// <summary>Starts, and waits until all producers and members are at work.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="isBusy">Whether producers send as much as the machine can do; else one record at a time, for what is timed beside them.</param>
    public static async Task<ClusterLoad> StartAsync(BrokerCluster cluster, bool isBusy = true)
    {
        var maxInFlight = isBusy ? MaxInFlightOfBusyProducer : 1;
        var flows = new List<Flow>();
        for (var i = 0; i < Topics; i++)
        {
            var topic = await cluster.CreateTopicAsync(Partitions);
            var group = $"members-{topic}";
            flows.Add(new Flow(
                topic,
                new NumberedLoad(cluster.BootstrapServers, topic, Partitions, ProducersPerTopic, maxInFlight),
                ConfluentReader.Member(cluster.BootstrapServers, group, topic, new Observed(), AutoCommitIntervalMs),
                new GroupPositions(cluster.Brokers, topic, PositionGroups)));
        }

        var load = new ClusterLoad(cluster, flows, maxInFlight);
        await load.WaitForProgressAsync();
        await Task.WhenAll(flows.Select(flow => flow.Member.WaitUntilAsync(() => flow.Member.DistinctCount > 0, "The member reads")));
        return load;
    }

    /// <summary>Waits until more records of each topic have been acknowledged than can have been in flight.</summary>
    public Task WaitForProgressAsync() => Task.WhenAll(
        _flows.Select(flow => flow.Producers.WaitForAcknowledgementsAsync(ProducersPerTopic * _maxInFlight * 4, ProgressTimeout)));

    /// <summary>
    /// Stops, and checks: nothing failed for good; every acknowledged record is there once, in its producer's order, at the offset of
    /// its acknowledgement, whichever broker is asked; members have read everything, and their positions never went backwards.
    /// </summary>
    public async Task AssertNothingIsLostAsync()
    {
        await Task.WhenAll(_flows.Select(flow => flow.Producers.StopAsync()));
        foreach (var flow in _flows)
        {
            Assert.Empty(flow.Producers.Failures);
            Assert.Equal(flow.Producers.Sent, flow.Producers.Acknowledged.Count);
            var ends = await ConfluentClient.EndsAsync(_cluster.BootstrapServers, flow.Topic);
            Assert.Equal(flow.Producers.Sent, ends.Values.Sum());
            foreach (var broker in _cluster.Brokers)
            {
                var records = await BrokerLog.ReadAsync(broker.Process.Port, flow.Topic, ends);
                NumberedLog.AssertHolds(records, flow.Producers.Acknowledged, $"read from broker {broker.Id}");
                Assert.Equal(flow.Producers.Sent, records.Count);
            }

            await NumberedLog.AssertReadsAllAsync(flow.Member, flow.Producers);
            await flow.Positions.AssertNeverBackwardsAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var flow in _flows)
        {
            await flow.Producers.DisposeAsync();
            await flow.Positions.DisposeAsync();
            await flow.Member.DisposeAsync();
        }
    }

    private sealed record Flow(string Topic, NumberedLoad Producers, Reader Member, GroupPositions Positions);
}
