using Google.Protobuf;
using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>Changes topics' configurations on behalf of clients.</summary>
internal sealed class TopicConfigAdministration(TopicRecords records, ClusterOptions options)
{
    private readonly TopicConfigSchema _schema = new(options.TopicDefaults);

    /// <summary>Changes what is set on a topic.</summary>
    public Task<ApiError> ChangeAsync(ConfigAlteration alteration, Deadline deadline)
    {
        var topic = alteration.ResourceName;
        return records.ChangeAsync(
            topic,
            (stored, _) =>
            {
                if (stored is null)
                {
                    return RecordChange.Refuse(ApiError.UnknownTopic(topic));
                }

                var changed = stored.Record.Clone();
                var error = ConfigChanges.Apply(changed.Configs, alteration, _schema);
                return !error.IsNone || alteration.ValidateOnly || changed.Equals(stored.Record)
                    ? RecordChange.Refuse(error)
                    : RecordChange.Write(new Operation.Put(records.Keys.Topic(topic), changed.ToByteArray()));
            },
            deadline);
    }
}
