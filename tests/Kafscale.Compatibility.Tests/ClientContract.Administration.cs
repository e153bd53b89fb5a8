using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public abstract partial class ClientContract
{
    [Fact]
    public async Task Topics_are_created_listed_described_extended_and_deleted()
    {
        SkipUnlessOffered(ClientFeature.CreateTopics);
        var topic = NewName("admin");

        await _client.CreateTopicAsync(BootstrapServers, topic, 3, NoConfigs);
        await AssertListedAsync(topic, isListed: true);
        Assert.Equal(3, await _client.DescribeTopicAsync(BootstrapServers, topic));

        if (_client.Features.Contains(ClientFeature.CreatePartitions))
        {
            await _client.CreatePartitionsAsync(BootstrapServers, topic, 5);
            Assert.Equal(5, await _client.DescribeTopicAsync(BootstrapServers, topic));
        }

        if (_client.Features.Contains(ClientFeature.DeleteTopics))
        {
            await _client.DeleteTopicAsync(BootstrapServers, topic);
            await AssertListedAsync(topic, isListed: false);
        }
    }

    [Fact]
    public async Task Topics_are_listed_and_described()
    {
        var topic = await CreateTopicAsync(3);

        await AssertListedAsync(topic, isListed: true);
        Assert.Equal(3, await _client.DescribeTopicAsync(BootstrapServers, topic));
    }

    [Fact]
    public async Task A_topic_that_exists_can_not_be_created_again()
    {
        SkipUnlessOffered(ClientFeature.CreateTopics, ClientFeature.ExistingTopics);
        var topic = await CreateTopicAsync(1);

        var exception = await Record.ExceptionAsync(() => _client.CreateTopicAsync(BootstrapServers, topic, 1, NoConfigs));

        Assert.NotNull(exception);
        Assert.Contains("exists", exception.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Configurations_of_a_topic_are_described_and_altered()
    {
        SkipUnlessOffered(ClientFeature.DescribeConfigs, ClientFeature.AlterConfigs);
        var topic = NewName("configs");
        await _client.CreateTopicAsync(BootstrapServers, topic, 1, new Dictionary<string, string> { ["retention.ms"] = "86400000" });
        Assert.Equal("86400000", (await _client.DescribeConfigsAsync(BootstrapServers, topic))["retention.ms"]);

        await _client.AlterConfigAsync(BootstrapServers, topic, "retention.ms", "3600000");

        Assert.Equal("3600000", (await _client.DescribeConfigsAsync(BootstrapServers, topic))["retention.ms"]);
    }

    [Fact]
    public async Task Offsets_of_a_partition_are_listed()
    {
        SkipUnlessOffered(ClientFeature.ListOffsets);
        var topic = await CreateTopicAsync(2);
        await ConfluentClient.Instance.ProduceAsync(
            BootstrapServers, topic, [TestRecord.Of(1, "a", "1"), TestRecord.Of(1, "b", "2")], ProduceOptions.Default);

        Assert.Equal((0, 2), await _client.ListOffsetsAsync(BootstrapServers, topic, 1));
        Assert.Equal((0, 0), await _client.ListOffsetsAsync(BootstrapServers, topic, 0));
    }

    [Fact]
    public async Task Deleted_records_are_gone()
    {
        SkipUnlessOffered(ClientFeature.DeleteRecords);
        var topic = await CreateTopicAsync(1);
        await ConfluentClient.Instance.ProduceAsync(
            BootstrapServers, topic, [.. Enumerable.Range(0, 10).Select(i => TestRecord.Of(0, "key", $"{i}"))], ProduceOptions.Default);

        await _client.DeleteRecordsAsync(BootstrapServers, topic, 0, beforeOffset: 4);

        Assert.Equal((4, 10), await _client.ListOffsetsAsync(BootstrapServers, topic, 0));
        var received = await ReadAllAsync(topic);
        Assert.Equal([4, 5, 6, 7, 8, 9], received.Select(record => record.Offset));
    }

    [Fact]
    public async Task Groups_are_listed_described_and_deleted()
    {
        SkipUnlessOffered(ClientFeature.Groups, ClientFeature.ListGroups, ClientFeature.DescribeGroups);
        var topic = await CreateTopicAsync(1);
        var group = NewName("group");
        await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, [TestRecord.Of(0, "key", "1")], ProduceOptions.Default);
        await using var member = await _client.JoinGroupAsync(BootstrapServers, group, topic, new Observed());
        await member.WaitUntilAsync(() => member.Records.Count == 1, "The record is read");

        Assert.Contains(group, await _client.ListGroupsAsync(BootstrapServers));
        Assert.Equal(("Stable", 1), await _client.DescribeGroupAsync(BootstrapServers, group));
        await member.LeaveAsync();
        Assert.Equal(("Empty", 0), await _client.DescribeGroupAsync(BootstrapServers, group));
        if (_client.Features.Contains(ClientFeature.GroupOffsets))
        {
            Assert.Equal([KeyValuePair.Create(0, 1L)], await _client.GroupOffsetsAsync(BootstrapServers, group, topic));
        }

        if (_client.Features.Contains(ClientFeature.DeleteGroups))
        {
            await _client.DeleteGroupAsync(BootstrapServers, group);
            Assert.DoesNotContain(group, await _client.ListGroupsAsync(BootstrapServers));
        }
    }

    private async Task AssertListedAsync(string topic, bool isListed)
    {
        if (_client.Features.Contains(ClientFeature.ListTopics))
        {
            Assert.Equal(isListed, (await _client.ListTopicsAsync(BootstrapServers)).Contains(topic));
        }
    }
}
