using System.Buffers;
using Kafscale.Broker.Network;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Network;

public sealed class ResponseWritingTests
{
    private const short Version = 12;

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(ResponseWriter.PieceBytes - 200)]
    [InlineData(ResponseWriter.PieceBytes)]
    [InlineData(5_000_000)]
    public async Task A_fetch_response_of_any_size_arrives_whole(int recordsBytes)
    {
        ReadOnlySequence<byte> first = TestSequence.Random(recordsBytes, segmentBytes: 100_000, seed: 1);
        ReadOnlySequence<byte> second = TestSequence.Random(recordsBytes / 3, segmentBytes: 777, seed: 2);
        await using var broker = new TestBroker(Fetch(() => Response(first, second)));
        using TestClient client = broker.Connect();

        await client.SendAsync(new FetchRequest(), Version, 1);
        await client.SendAsync(new FetchRequest(), Version, 2);

        for (int id = 1; id <= 2; id++)
        {
            (int correlationId, FetchResponse response) = await client.ReceiveAsync<FetchResponse>(Version);
            Assert.Equal(id, correlationId);
            Assert.Equal(first.ToArray(), response.Responses[0].Partitions[0].Records!.Value.ToArray());
            Assert.Equal(second.ToArray(), response.Responses[0].Partitions[1].Records!.Value.ToArray());
        }
    }

    [Fact]
    public async Task A_large_response_without_records_arrives_whole()
    {
        await using var broker = new TestBroker(new TestHandler<MetadataRequest, MetadataResponse>((_, _, _) => new(new MetadataResponse
        {
            Topics = [.. Enumerable.Range(0, 20_000).Select(i => new MetadataResponse.MetadataResponseTopic { Name = $"topic-{i}" })],
        })));
        using TestClient client = broker.Connect();

        await client.SendAsync(new MetadataRequest(), 9, 1);

        MetadataResponse response = (await client.ReceiveAsync<MetadataResponse>(9)).Response;
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"topic-{i}"), response.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task A_large_response_is_held_back_while_the_client_does_not_read()
    {
        ReadOnlySequence<byte> records = TestSequence.Random(20_000_000, segmentBytes: 100_000, seed: 3);
        var counting = new CountingPool();
        await using var broker = new TestBroker(Fetch(() => Response(records, default)));
        using TestClient client = broker.Connect(out _, outputPauseBytes: 65536, outputPool: counting);

        await client.SendAsync(new FetchRequest(), Version, 1);
        FetchResponse response = (await client.ReceiveAsync<FetchResponse>(Version)).Response;

        Assert.Equal(records.Length, response.Responses[0].Partitions[0].Records!.Value.Length);
        Assert.InRange(counting.MaxRentedBytes, ResponseWriter.PieceBytes, 4 * ResponseWriter.PieceBytes);
    }

    private static TestHandler<FetchRequest, FetchResponse> Fetch(Func<FetchResponse> answer) => new((_, _, _) => new(answer()));

    private static FetchResponse Response(ReadOnlySequence<byte> first, ReadOnlySequence<byte> second) => new()
    {
        Responses =
        [
            new()
            {
                Topic = "t",
                Partitions = [new() { PartitionIndex = 0, Records = first }, new() { PartitionIndex = 1, Records = second }],
            },
        ],
    };

    private sealed class CountingPool : MemoryPool<byte>
    {
        private long _rentedBytes;

        public long MaxRentedBytes { get; private set; }

        public override int MaxBufferSize => Shared.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            IMemoryOwner<byte> block = Shared.Rent(minBufferSize);
            MaxRentedBytes = Math.Max(MaxRentedBytes, Interlocked.Add(ref _rentedBytes, block.Memory.Length));
            return new Rented(this, block);
        }

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Rented(CountingPool pool, IMemoryOwner<byte> block) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => block.Memory;

            public void Dispose()
            {
                Interlocked.Add(ref pool._rentedBytes, -block.Memory.Length);
                block.Dispose();
            }
        }
    }
}
