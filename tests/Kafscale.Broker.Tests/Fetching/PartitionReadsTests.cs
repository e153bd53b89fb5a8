using Kafscale.Broker.Fetching;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Fetching;

/// <summary>What is used again for another fetch has nothing of the one before.</summary>
public sealed class PartitionReadsTests
{
    [Fact]
    public void An_answer_that_is_used_again_is_as_good_as_new()
    {
        var answer = new ReusedFetchResponse();
        answer.Response.ErrorCode = ErrorCode.InvalidFetchSessionEpoch;
        answer.Response.SessionId = 7;
        answer.Response.NodeEndpoints.Add(new() { NodeId = 1 });
        var partition = answer.AddPartition(answer.AddTopic("orders", Guid.AllBitsSet));
        partition.PartitionIndex = 3;
        partition.ErrorCode = ErrorCode.NotLeaderOrFollower;
        partition.CurrentLeader = new() { LeaderId = 5 };
        partition.AbortedTransactions = [];
        partition.Records = new(Batches.Of("a"));

        answer.Reset();

        Assert.Empty(answer.Response.Responses);
        var topic = answer.AddTopic("refunds", Guid.Empty);
        Assert.Empty(topic.Partitions);
        Assert.Same(partition, answer.AddPartition(topic));
        var fresh = new Kafscale.Protocol.Messages.FetchResponse { Responses = [new() { Topic = "refunds", Partitions = [new()] }] };
        Assert.Equal(BytesOf(fresh), BytesOf(answer.Response));
    }

    [Fact]
    public void Reads_that_were_given_up_can_be_used_again()
    {
        var reads = PartitionReads.Rent(partitions: 1);
        reads.GiveUp.Cancel();
        reads.Dispose();

        Assert.False(reads.GiveUp.IsCancellationRequested);
    }

    private static byte[] BytesOf(Kafscale.Protocol.Messages.FetchResponse response)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new MessageWriter(buffer);
        response.Write(ref writer, 17);
        writer.Complete();
        return buffer.WrittenSpan.ToArray();
    }
}
