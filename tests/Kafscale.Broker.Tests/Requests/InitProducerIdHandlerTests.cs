using Kafscale.Broker.Tests.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Requests;

public sealed class InitProducerIdHandlerTests
{
    private const short Newest = 5;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.InitProducerId);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_idempotent_producer_gets_an_id_of_its_own(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var first = await AskAsync(broker, new() { TransactionalId = null }, version);
        var second = await AskAsync(broker, new() { TransactionalId = null }, version);

        Assert.Equal((ErrorCode.None, 0L, (short)0), (first.ErrorCode, first.ProducerId, first.ProducerEpoch));
        Assert.Equal((ErrorCode.None, 1L, (short)0), (second.ErrorCode, second.ProducerId, second.ProducerEpoch));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_producer_that_has_an_id_gets_a_new_one(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var bumped = await AskAsync(broker, new() { TransactionalId = null, ProducerId = 77, ProducerEpoch = 3 }, version);

        Assert.Equal((ErrorCode.None, 0L, (short)0), (bumped.ErrorCode, bumped.ProducerId, bumped.ProducerEpoch));
    }

    [Theory]
    [InlineData(null, -1L, 3, ErrorCode.InvalidRequest)]
    [InlineData(null, 3L, -1, ErrorCode.InvalidRequest)]
    [InlineData("", -1L, -1, ErrorCode.InvalidRequest)]
    [InlineData("payments", -1L, -1, ErrorCode.TransactionalIdAuthorizationFailed)]
    public async Task Nonsense_and_transactions_are_refused(string? transactionalId, long producerId, short producerEpoch, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await AskAsync(
            broker, new() { TransactionalId = transactionalId, ProducerId = producerId, ProducerEpoch = producerEpoch }, Newest);

        Assert.Equal((expected, -1L, (short)-1), (response.ErrorCode, response.ProducerId, response.ProducerEpoch));
    }

    [Fact]
    public async Task A_silent_metadata_store_is_something_that_clients_wait_for()
    {
        await using var memory = new MemoryMetadataStore(TimeProvider.System);
        var store = new UnreliableMetadataStore(memory);
        await using var broker = await TestBroker.StartAsync(store);

        store.CommitsToRefuse = 3;
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await AskAsync(broker, new() { TransactionalId = null }, Newest)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await AskAsync(broker, new() { TransactionalId = null }, Newest)).ErrorCode);
    }

    private static Task<InitProducerIdResponse> AskAsync(TestBroker broker, InitProducerIdRequest request, short version) =>
        broker.AskAsync<InitProducerIdResponse>(request, version);
}
