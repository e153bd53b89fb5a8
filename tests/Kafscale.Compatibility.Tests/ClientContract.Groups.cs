using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public abstract partial class ClientContract
{
    private const int GroupPartitions = 6;

    [Fact]
    public async Task Three_members_share_the_partitions_and_the_others_take_over_when_one_leaves()
    {
        SkipUnlessOffered(ClientFeature.Groups);
        var topic = await CreateTopicAsync(GroupPartitions);
        var group = NewName("group");
        var observed = new Observed();
        await ProduceToAllPartitionsAsync(topic, "first");

        await using var one = await _client.JoinGroupAsync(BootstrapServers, group, topic, observed);
        await using var two = await _client.JoinGroupAsync(BootstrapServers, group, topic, observed);
        await using var three = await _client.JoinGroupAsync(BootstrapServers, group, topic, observed);
        Reader[] all = [one, two, three];
        await Reader.WaitUntilAsync(all, () => all.All(member => member.Assignment.Count == 2) && AreAllAssigned(all), "Each member has two partitions");
        await Reader.WaitUntilAsync(all, () => HaveRead(all, "first"), "The first records are read");

        await ProduceToAllPartitionsAsync(topic, "second");
        await three.LeaveAsync();
        Reader[] rest = [one, two];
        await Reader.WaitUntilAsync(rest, () => rest.All(member => member.Assignment.Count == 3) && AreAllAssigned(rest), "Two members have all partitions");
        await ProduceToAllPartitionsAsync(topic, "third");
        await Reader.WaitUntilAsync(rest, () => HaveRead(all, "second") && HaveRead(rest, "third"), "All records are read");

        await one.LeaveAsync();
        await two.LeaveAsync();
        var ends = await ConfluentClient.EndsAsync(BootstrapServers, topic);
        Assert.Equal(ends, await ConfluentClient.Instance.GroupOffsetsAsync(BootstrapServers, group, topic));
    }

    [Fact]
    public async Task A_group_goes_on_where_it_has_left_off()
    {
        SkipUnlessOffered(ClientFeature.Groups);
        var topic = await CreateTopicAsync(1);
        var group = NewName("group");
        await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, [TestRecord.Of(0, "key", "first")], ProduceOptions.Default);
        await using (var member = await _client.JoinGroupAsync(BootstrapServers, group, topic, new Observed()))
        {
            await member.WaitUntilAsync(() => member.Records.Count == 1, "The first record is read");
            await member.LeaveAsync();
        }

        await ConfluentClient.Instance.ProduceAsync(BootstrapServers, topic, [TestRecord.Of(0, "key", "second")], ProduceOptions.Default);
        await using (var member = await _client.JoinGroupAsync(BootstrapServers, group, topic, new Observed()))
        {
            await member.WaitUntilAsync(() => member.Records.Count > 0, "The second record is read");
            Assert.Equal("'key' = 'second' []", Assert.Single(member.Records).Content);
            await member.LeaveAsync();
        }
    }

    private Task ProduceToAllPartitionsAsync(string topic, string text) => ConfluentClient.Instance.ProduceAsync(
        BootstrapServers,
        topic,
        [.. Enumerable.Range(0, GroupPartitions * 20).Select(i => TestRecord.Of(i % GroupPartitions, $"{i}", text))],
        ProduceOptions.Default);

    private static bool AreAllAssigned(IEnumerable<Reader> members) =>
        members.SelectMany(member => member.Assignment).Order().SequenceEqual(Enumerable.Range(0, GroupPartitions));

    private static bool HaveRead(IEnumerable<Reader> members, string text) =>
        members.SelectMany(member => member.Records)
            .Where(record => record.Value.AsSpan().SequenceEqual(System.Text.Encoding.UTF8.GetBytes(text)))
            .Select(record => (record.Partition, record.Offset)).Distinct().Count() == GroupPartitions * 20;
}
