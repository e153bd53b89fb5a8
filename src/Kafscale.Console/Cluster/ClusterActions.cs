using System.Globalization;
using System.Security.Claims;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;
using Kafscale.Clients.Groups;
using Kafscale.Clients.Records;
using Kafscale.Console.Administration;
using Kafscale.Console.Security;

namespace Kafscale.Console.Cluster;

/// <summary>
/// Every change that somebody can make by the console. All of them pass here: whether the role allows it is decided, and what became of it is kept,
/// whichever page or request asks.
/// </summary>
/// <remarks>Each returns why nothing was changed, or null where it was.</remarks>
internal sealed class ClusterActions(ClusterConnection connection, BrokerHttp http, ClusterWatch watch, AuditLog audit)
{
    // So that the page that comes next shows it.
    private static readonly TimeSpan RefreshPatience = TimeSpan.FromSeconds(3);

    public Task<string?> CreateTopicAsync(ClaimsPrincipal user, string topic, int? partitions, IReadOnlyDictionary<string, string> settings)
    {
        if (settings.Any(setting => setting.Value is null))
        {
            return Task.FromResult<string?>("A setting has no value.");
        }

        var specification = new TopicSpecification { Name = topic, NumPartitions = partitions ?? -1, ReplicationFactor = -1, Configs = new Dictionary<string, string>(settings) };
        var detail = string.Join(' ', settings.Select(setting => $"{setting.Key}={setting.Value}").Prepend($"partitions={specification.NumPartitions}"));
        return DoAsync(user, Role.Editor, "create topic", topic, detail, client => new TopicChanges(client).CreateAsync(specification, isDryRun: false, CancellationToken.None));
    }

    public Task<string?> AddPartitionsAsync(ClaimsPrincipal user, string topic, int total) => DoAsync(
        user, Role.Editor, "add partitions", topic, $"to {total}", client => new TopicChanges(client).AddPartitionsAsync(topic, total, CancellationToken.None));

    /// <summary>Changes a setting of a topic.</summary>
    /// <param name="user">Who.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="name">The setting.</param>
    /// <param name="value">Null: back to its default.</param>
    public Task<string?> AlterTopicAsync(ClaimsPrincipal user, string topic, string name, string? value) => DoAsync(
        user, Role.Editor, "configure topic", topic, $"{name}={value ?? "default"}", client => new ConfigCatalog(client).AlterAsync(
            ResourceType.Topic,
            topic,
            [new ConfigEntry { Name = name, Value = value, IncrementalOperation = value is null ? AlterConfigOpType.Delete : AlterConfigOpType.Set }],
            isDryRun: false,
            CancellationToken.None));

    public Task<string?> EmptyTopicAsync(ClaimsPrincipal user, string topic) => DoAsync(user, Role.Admin, "empty topic", topic, "", async client =>
    {
        var topics = new TopicCatalog(client);
        var partitions = await topics.FindPartitionsAsync([topic], CancellationToken.None);
        var ends = await topics.FindOffsetsAsync(partitions, OffsetSpec.Latest(), CancellationToken.None);
        await new TopicChanges(client).DeleteRecordsAsync(ends, CancellationToken.None);
    });

    public Task<string?> DeleteTopicAsync(ClaimsPrincipal user, string topic) => DoAsync(
        user, Role.Admin, "delete topic", topic, "", client => new TopicChanges(client).DeleteAsync(topic, CancellationToken.None));

    public Task<string?> ProduceAsync(ClaimsPrincipal user, string topic, OutgoingRecord record) => DoAsync(
        user, Role.Editor, "produce to", topic, string.Create(CultureInfo.InvariantCulture, $"{record.Value?.Length ?? 0} bytes"), async client =>
        {
            using var producer = client.CreateProducer(new ProducerConfig { EnableIdempotence = true, LingerMs = 0, MessageTimeoutMs = (int)client.Timeout.TotalMilliseconds });
            await producer.ProduceAsync(new TopicPartition(topic, record.Partition is { } partition ? partition : Partition.Any), record.ToMessage());
        });

    /// <summary>Sets offsets of a group without members.</summary>
    public Task<string?> ResetOffsetsAsync(ClaimsPrincipal user, string group, IReadOnlyDictionary<TopicPartition, long> offsets) => DoAsync(
        user,
        Role.Editor,
        "reset offsets of",
        group,
        string.Join(' ', offsets.Take(20).Select(offset => string.Create(CultureInfo.InvariantCulture, $"{offset.Key.Topic}:{offset.Key.Partition.Value}={offset.Value}")))
        + (offsets.Count > 20 ? $" and {offsets.Count - 20} more" : ""),
        client => new GroupClient(client).CommitAsync(group, offsets, CancellationToken.None));

    public Task<string?> DeleteOffsetsAsync(ClaimsPrincipal user, string group, string topic, IReadOnlyCollection<int> partitions) => DoAsync(
        user, Role.Admin, "delete offsets of", group, topic, client => new GroupClient(client).DeleteOffsetsAsync(
            group, partitions.Select(partition => new TopicPartition(topic, partition)), CancellationToken.None));

    public Task<string?> DeleteGroupAsync(ClaimsPrincipal user, string group) => DoAsync(
        user, Role.Admin, "delete group", group, "", client => new GroupClient(client).DeleteAsync(group, CancellationToken.None));

    public Task<string?> CreateAclAsync(ClaimsPrincipal user, AclBinding acl) => DoAsync(
        user, Role.Admin, "create ACL of", acl.Entry.Principal, AclWords.Of(acl), client => new AccessRules(client).CreateAsync(acl, CancellationToken.None));

    public Task<string?> DeleteAclAsync(ClaimsPrincipal user, AclBinding acl) => DoAsync(
        user, Role.Admin, "delete ACL of", acl.Entry.Principal, AclWords.Of(acl), client => new AccessRules(client).DeleteAsync(acl, CancellationToken.None));

    /// <summary>Has a broker hand over what it leads, or take its share again.</summary>
    public Task<string?> DrainAsync(ClaimsPrincipal user, int broker, bool isToDrain) => DoAsync(
        user, Role.Admin, isToDrain ? "drain broker" : "end drain of broker", broker.ToString(CultureInfo.InvariantCulture), "", async _ =>
        {
            var address = watch.Snapshot.FindBroker(broker)?.Http ?? throw new CommandFailedException("The broker does not answer over HTTP.");
            if (await http.DrainAsync(address, isToDrain, CancellationToken.None) is { } failure)
            {
                throw new CommandFailedException(failure);
            }
        });

    private async Task<string?> DoAsync(ClaimsPrincipal user, Role role, string action, string target, string detail, Func<KafkaClient, Task> change)
    {
        var name = user.Identity?.Name ?? "";
        if (!user.IsInRole(role.ToString()))
        {
            var refusal = $"This takes the role {role.ToString().ToLowerInvariant()}, which you do not have.";
            audit.Add(name, action, target, detail, refusal);
            return refusal;
        }

        // The native library ends the process where a name is missing.
        if (string.IsNullOrEmpty(target) || target.Contains('\0', StringComparison.Ordinal))
        {
            const string Nameless = "It has no name.";
            audit.Add(name, action, "", detail, Nameless);
            return Nameless;
        }

        try
        {
            await connection.AskAsync(change, CancellationToken.None);
        }
        catch (Exception e) when (e is KafkaException or CommandFailedException or ArgumentException)
        {
            var reason = e is KafkaException kafka ? ErrorExplanation.Of(kafka) : e.Message;
            audit.Add(name, action, target, detail, reason);
            return reason;
        }

        audit.Add(name, action, target, detail);
        await watch.RefreshAsync(RefreshPatience, CancellationToken.None);
        return null;
    }
}
