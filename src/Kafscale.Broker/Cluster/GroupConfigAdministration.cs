using Google.Protobuf;
using Kafscale.Broker.Groups;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>Changes groups' configurations on behalf of clients; any broker may, whoever coordinates the group, and whether there is one.</summary>
internal sealed class GroupConfigAdministration(
    ClusterState cluster, MetadataRecords records, MetadataKeys metadataKeys, ClusterOptions options, GroupOptions groupOptions)
{
    private readonly GroupKeys _keys = new(metadataKeys);
    private readonly GroupConfigSchema _schema = new(groupOptions);

    /// <summary>Changes what is set on a group; where that is nothing any more, nothing of it stays.</summary>
    public async Task<ApiError> ChangeAsync(ConfigAlteration alteration, Deadline deadline)
    {
        var groupId = alteration.ResourceName;
        if (groupId.Length == 0)
        {
            return new ApiError(ErrorCode.InvalidRequest, "Default group resources are not allowed.");
        }

        if (!_keys.TryEncode(groupId, out var encodedId))
        {
            return new ApiError(ErrorCode.InvalidGroupId, $"The group id is too long: it may have {_keys.MaxEncodedBytes} bytes, percent-encoded.");
        }

        var key = _keys.Configs(encodedId);
        return await records.ChangeAsync(key, $"group '{groupId}'", (stored, _) => Decide(key, stored, alteration), deadline);
    }

    private RecordChange Decide(string key, MetadataEntry? stored, ConfigAlteration alteration)
    {
        var record = stored is null ? new GroupConfigsRecord() : GroupConfigsRecord.Parser.ParseFrom(stored.Value.Span);
        var changed = record.Clone();
        var error = ConfigChanges.Apply(changed.Configs, alteration, _schema);
        if (error.IsNone && _schema.FindContradiction(changed.Configs) is { } contradiction)
        {
            error = new ApiError(ErrorCode.InvalidConfig, contradiction);
        }

        // Checked against what is known here: two brokers at once may slightly exceed it.
        if (error.IsNone && stored is null && changed.Configs.Count > 0 && cluster.ConfiguredGroups.Count >= options.MaxConfiguredGroups)
        {
            error = new ApiError(
                ErrorCode.PolicyViolation, $"The cluster has configurations of {options.MaxConfiguredGroups} groups, and does not take those of more.");
        }

        if (!error.IsNone || alteration.ValidateOnly || changed.Equals(record))
        {
            return RecordChange.Refuse(error);
        }

        return changed.CalculateSize() == 0
            ? RecordChange.Write(new Operation.Delete(KeyRange.Key(key)))
            : RecordChange.Write(new Operation.Put(key, changed.ToByteArray()));
    }
}
