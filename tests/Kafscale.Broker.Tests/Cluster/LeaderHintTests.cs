using System.Buffers;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>What producers and consumers that ask the wrong broker are told of the right one (KIP-951).</summary>
public sealed class LeaderHintTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_producer_is_told_who_leads_instead_and_where_that_is(short version)
    {
        await using var cluster = new TestCluster();
        var (former, id) = await StartWithFormerLeaderAsync(cluster);

        var response = Reread(await ProduceAsync(former, id, version), version);

        Assert.Equal([(2, "localhost", 9094, "there")], response.NodeEndpoints.Select(node => (node.NodeId, node.Host, node.Port, node.Rack)));
        Assert.All(response.Responses[0].PartitionResponses, partition => Assert.Equal(
            (ErrorCode.NotLeaderOrFollower, 2, former.Log("orders", partition.Index).LeaderEpoch),
            (partition.ErrorCode, partition.CurrentLeader?.LeaderId, partition.CurrentLeader?.LeaderEpoch)));
    }

    [Fact]
    public async Task A_producer_that_does_not_know_of_hints_is_told_none()
    {
        await using var cluster = new TestCluster();
        var (former, id) = await StartWithFormerLeaderAsync(cluster);

        var response = Reread(await ProduceAsync(former, id, 9), 9);

        Assert.Empty(response.NodeEndpoints);
        Assert.All(response.Responses[0].PartitionResponses, partition => Assert.Equal((ErrorCode.NotLeaderOrFollower, null), (partition.ErrorCode, partition.CurrentLeader)));
    }

    [Fact]
    public async Task Nobody_is_named_whose_session_is_over()
    {
        await using var cluster = new TestCluster();
        var (former, id) = await StartWithFormerLeaderAsync(cluster);
        var leader = cluster.Brokers[1];
        // So that it does not take over what the other one leaves.
        former.Faults.FailBefore(StoreOperation.MetadataCommit, times: int.MaxValue);
        leader.Faults.Cut();
        await leader.ExpireSessionAsync();
        await TestBroker.UntilAsync(() => !former.Node.Services.Cluster.Brokers.ContainsKey(2));

        var response = await ProduceAsync(former, id, 12);

        Assert.Empty(response.NodeEndpoints);
        Assert.All(response.Responses[0].PartitionResponses, partition => Assert.Equal((ErrorCode.NotLeaderOrFollower, null), (partition.ErrorCode, partition.CurrentLeader)));
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(18, true)]
    [InlineData(15, false)]
    public async Task A_consumer_that_knows_an_earlier_leader_is_told_of_the_present_one_where_it_knows_of_hints(short version, bool isTold)
    {
        await using var cluster = new TestCluster();
        var (former, id) = await StartWithFormerLeaderAsync(cluster);
        var request = Fetches.Of(1024, ("orders", 0, 0));
        request.Topics[0].TopicId = id;
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = 0;

        // Any broker reads, so both tell.
        foreach (var broker in cluster.Brokers)
        {
            var response = await FetchAsync(broker, request, version);

            var partition = response.Responses[0].Partitions[0];
            Assert.Equal(ErrorCode.FencedLeaderEpoch, partition.ErrorCode);
            Assert.Equal(isTold ? $"2, {former.Log("orders").LeaderEpoch}" : null, partition.CurrentLeader is { } leader ? $"{leader.LeaderId}, {leader.LeaderEpoch}" : null);
            Assert.Equal(isTold ? [(2, 9094)] : [], response.NodeEndpoints.Select(node => (node.NodeId, node.Port)));
        }
    }

    [Fact]
    public async Task A_consumer_that_is_answered_is_told_nothing()
    {
        await using var cluster = new TestCluster();
        var (former, id) = await StartWithFormerLeaderAsync(cluster);
        var request = Fetches.Of(1024, ("orders", 0, 0));
        request.Topics[0].TopicId = id;

        var response = await FetchAsync(former, request, 16);

        Assert.Equal((ErrorCode.None, null), (response.Responses[0].Partitions[0].ErrorCode, response.Responses[0].Partitions[0].CurrentLeader));
        Assert.Empty(response.NodeEndpoints);
    }

    // Broker 1 has led both partitions, broker 2 does.
    private static async Task<(TestBroker Former, Guid TopicId)> StartWithFormerLeaderAsync(TestCluster cluster)
    {
        var former = await cluster.StartLeaderAsync(1, "here");
        var id = await cluster.CreateTopicAsync("orders", 2);
        await cluster.StartLeaderAsync(2, "there");
        await former.Node.DrainAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        await cluster.Brokers[1].UntilLeadingAsync(id, 2);
        return (former, id);
    }

    private static Task<ProduceResponse> ProduceAsync(TestBroker broker, Guid topicId, short version) => broker.SendAsync<ProduceResponse>(
        new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 10_000,
            TopicData =
            [
                new()
                {
                    Name = "orders",
                    TopicId = topicId,
                    PartitionData = [.. Enumerable.Range(0, 2).Select(index => new ProduceRequest.PartitionProduceData { Index = index, Records = new ReadOnlySequence<byte>(Batches.Of("x")) })],
                },
            ],
        },
        version);

    // The broker uses its response again once it is sent.
    private static async Task<FetchResponse> FetchAsync(TestBroker broker, FetchRequest request, short version)
    {
        FetchResponse? received = null;
        await broker.SendAsync<FetchResponse>(request, version, response => received = Reread(response, version));
        return received!;
    }

    // As a client of that version reads it.
    private static TResponse Reread<TResponse>(TResponse response, short version)
        where TResponse : IResponseMessage, new()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        response.Write(ref writer, version);
        writer.Complete();
        var reader = new MessageReader(output.WrittenSpan.ToArray());
        var reread = new TResponse();
        reread.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return reread;
    }
}
