using Google.Protobuf;
using Google.Protobuf.Collections;
using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>Changes topics' configurations on behalf of clients.</summary>
internal sealed class TopicConfigAdministration(TopicRecords records, ClusterOptions options, TimeProvider timeProvider)
{
    // The requests have no time limit of their own.
    private const int TimeoutMs = 30_000;

    /// <summary>Replaces everything that is set on a topic (AlterConfigs).</summary>
    public Task<ApiError> ReplaceAsync(string topic, IReadOnlyList<TopicConfigChange> changes, bool validateOnly, CancellationToken cancellationToken) =>
        ChangeAsync(
            topic,
            configs =>
            {
                configs.Clear();
                return TopicConfigChanges.Apply(configs, changes, options.TopicDefaults);
            },
            validateOnly,
            cancellationToken);

    /// <summary>Changes some of what is set on a topic (IncrementalAlterConfigs).</summary>
    public Task<ApiError> AlterAsync(string topic, IReadOnlyList<TopicConfigChange> changes, bool validateOnly, CancellationToken cancellationToken) =>
        ChangeAsync(topic, configs => TopicConfigChanges.Apply(configs, changes, options.TopicDefaults), validateOnly, cancellationToken);

    private async Task<ApiError> ChangeAsync(
        string topic, Func<MapField<string, string>, ApiError> change, bool validateOnly, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(TimeoutMs, timeProvider, cancellationToken);
        return await records.ChangeAsync(
            topic,
            (stored, _) =>
            {
                if (stored is null)
                {
                    return TopicChange.Refuse(ApiError.UnknownTopic(topic));
                }

                var changed = stored.Record.Clone();
                var error = change(changed.Configs);
                return !error.IsNone || validateOnly || changed.Equals(stored.Record)
                    ? TopicChange.Refuse(error)
                    : TopicChange.Write(new Operation.Put(records.Keys.Topic(topic), changed.ToByteArray()));
            },
            deadline);
    }
}
