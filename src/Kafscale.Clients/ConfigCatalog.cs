using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients;

/// <summary>Settings of topics, brokers and groups.</summary>
internal sealed class ConfigCatalog(KafkaClient client)
{
    /// <summary>All settings in the order of their names.</summary>
    public async Task<IReadOnlyList<ConfigEntryResult>> DescribeAsync(ResourceType type, string name, CancellationToken cancellationToken)
    {
        var results = await client.AskAsync(
            client.Admin.DescribeConfigsAsync([new ConfigResource { Type = type, Name = name }], new DescribeConfigsOptions { RequestTimeout = client.Timeout }),
            cancellationToken);
        return [.. results[0].Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
    }

    /// <summary>Changes settings; what is not named stays as it is.</summary>
    public Task AlterAsync(ResourceType type, string name, List<ConfigEntry> entries, bool isDryRun, CancellationToken cancellationToken) => client.AskAsync(
        client.Admin.IncrementalAlterConfigsAsync(
            new Dictionary<ConfigResource, List<ConfigEntry>> { [new ConfigResource { Type = type, Name = name }] = entries },
            new IncrementalAlterConfigsOptions { RequestTimeout = client.Timeout, ValidateOnly = isDryRun }),
        cancellationToken);
}
