using Kafscale.Broker.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>What AlterConfigs and IncrementalAlterConfigs have in common: which resources can be altered at all.</summary>
internal static class ConfigAlterations
{
    /// <summary>Checks a resource and the names of the configurations that are to be altered.</summary>
    /// <param name="resourceType">As it came.</param>
    /// <param name="resourceName">As it came.</param>
    /// <param name="isTwice">Whether the request names the resource more than once.</param>
    /// <param name="changes">What is to be changed.</param>
    /// <param name="options">About this broker.</param>
    public static ApiError Check(
        sbyte resourceType, string resourceName, bool isTwice, IReadOnlyList<TopicConfigChange> changes, ClusterOptions options)
    {
        if (isTwice)
        {
            return new ApiError(ErrorCode.InvalidRequest, "Each resource must appear at most once.");
        }

        if (changes.DistinctBy(change => change.Name).Count() < changes.Count)
        {
            return new ApiError(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        }

        var withoutValue = changes.Where(change => change.Value is null && change.Operation != TopicConfigOperation.Delete).ToList();
        if (withoutValue.Count > 0)
        {
            return new ApiError(
                ErrorCode.InvalidRequest, $"Null value not supported for : {string.Join(", ", withoutValue.Select(change => change.Name))}");
        }

        return (ConfigResourceType)resourceType switch
        {
            ConfigResourceType.Topic => ApiError.None,
            ConfigResourceType.Broker => CheckBroker(resourceName, changes, options),
            _ => new ApiError(
                ErrorCode.InvalidRequest, $"Resource type {resourceType} has no configurations that can be altered; topics (2) have."),
        };
    }

    private static ApiError CheckBroker(string name, IReadOnlyList<TopicConfigChange> changes, ClusterOptions options)
    {
        var error = name.Length == 0 ? ApiError.None : BrokerResource.Check(name, options);
        if (!error.IsNone || changes.Count == 0)
        {
            return error;
        }

        return new ApiError(
            ErrorCode.InvalidRequest,
            $"Cannot update these configs dynamically: {string.Join(", ", changes.Select(change => change.Name))}. "
            + "Brokers take their settings when they start.");
    }
}
