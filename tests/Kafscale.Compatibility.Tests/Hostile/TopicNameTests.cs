using Confluent.Kafka.Admin;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>Names become keys of objects and paths of files, so only Kafka's own rule lets them in.</summary>
public sealed class TopicNameTests(BrokerFixture fixture) : HostileContract(fixture), IClassFixture<BrokerFixture>
{
    public static TheoryData<string> WrongNames =>
    [
        "../x", "..", ".", "a/b", "/etc/passwd", "a\\b", "a b", "a\0b", "ü", "a:b", "a%2fb", "", new string('a', 250),
    ];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task A_wrong_name_is_not_created(string name)
    {
        using var connection = await OpenAsync();

        var response = await connection.AskAsync<CreateTopicsResponse>(
            new CreateTopicsRequest
            {
                TimeoutMs = 10_000,
                Topics = [new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = 1, ReplicationFactor = 1 }],
            },
            5);

        Assert.Equal(ErrorCode.InvalidTopicException, (ErrorCode)response.Topics[0].ErrorCode);
        await AssertNothingIsThereAsync(name);
    }

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task A_wrong_name_is_not_created_by_asking_for_it_or_by_producing_to_it(string name)
    {
        using var connection = await OpenAsync();

        var metadata = await connection.AskAsync<MetadataResponse>(
            new MetadataRequest { AllowAutoTopicCreation = true, Topics = [new MetadataRequest.MetadataRequestTopic { Name = name }] }, 4);
        var produced = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(name, PlausibleRequests.Batch()), 9);

        Assert.Equal(ErrorCode.InvalidTopicException, (ErrorCode)metadata.Topics[0].ErrorCode);
        Assert.NotEqual(ErrorCode.None, (ErrorCode)produced.Responses[0].PartitionResponses[0].ErrorCode);
        await AssertNothingIsThereAsync(name);
    }

    [Fact]
    public async Task The_longest_name_is_created_written_and_read()
    {
        var name = new string('a', 249);
        TestRecord[] records = [TestRecord.Of(0, "key", "value")];

        await ConfluentClient.Instance.CreateTopicAsync(Broker.BootstrapServers, name, 1, new Dictionary<string, string>());
        await ConfluentClient.Instance.ProduceAsync(Broker.BootstrapServers, name, records, ProduceOptions.Default);

        var ends = await ConfluentClient.EndsAsync(Broker.BootstrapServers, name);
        Assert.Single(await ConfluentClient.Instance.ReadAsync(Broker.BootstrapServers, name, ReadStart.Beginning, ends));
    }

    [Fact]
    public async Task A_client_is_told_that_the_name_is_wrong()
    {
        var exception = await Assert.ThrowsAsync<CreateTopicsException>(() =>
            ConfluentClient.Instance.CreateTopicAsync(Broker.BootstrapServers, "../x", 1, new Dictionary<string, string>()));

        Assert.Equal(Confluent.Kafka.ErrorCode.TopicException, exception.Results[0].Error.Code);
    }

    private async Task AssertNothingIsThereAsync(string name)
    {
        Assert.DoesNotContain(name, await ConfluentClient.Instance.ListTopicsAsync(Broker.BootstrapServers));
        Assert.False(name == "../x" && Path.Exists(Path.Combine(Broker.DataDirectory, "..", "x")));
    }
}
