using Kafscale.Broker.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>What AlterConfigs and IncrementalAlterConfigs have in common: which resources can be altered, and who does it.</summary>
internal sealed class ConfigAlterations(
    TopicConfigAdministration topics, GroupConfigAdministration groups, ClusterOptions options, TimeProvider timeProvider)
{
    // For all resources of a request together; the requests have no time limit of their own.
    private const int TimeoutMs = 30_000;

    /// <summary>Alters one resource after the other.</summary>
    /// <returns>What became of each, in their order.</returns>
    public async Task<IReadOnlyList<ApiError>> AlterAsync(IReadOnlyList<ConfigAlteration> alterations, CancellationToken cancellationToken)
    {
        var named = alterations.CountBy(alteration => (alteration.ResourceType, alteration.ResourceName)).ToDictionary();
        using var deadline = new Deadline(TimeoutMs, timeProvider, cancellationToken);
        var errors = new List<ApiError>(alterations.Count);
        foreach (var alteration in alterations)
        {
            var isTwice = named[(alteration.ResourceType, alteration.ResourceName)] > 1;
            var error = isTwice ? new ApiError(ErrorCode.InvalidRequest, "Each resource must appear at most once.") : Check(alteration.Changes);
            errors.Add(error.IsNone ? await AlterAsync(alteration, deadline) : error);
        }

        return errors;
    }

    private static ApiError Check(IReadOnlyList<ConfigChange> changes)
    {
        if (changes.DistinctBy(change => change.Name).Count() < changes.Count)
        {
            return new ApiError(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        }

        var withoutValue = changes.Where(change => change.Value is null && change.Operation != ConfigOperation.Delete).ToList();
        return withoutValue.Count == 0
            ? ApiError.None
            : new ApiError(
                ErrorCode.InvalidRequest, $"Null value not supported for : {string.Join(", ", withoutValue.Select(change => change.Name))}");
    }

    private async Task<ApiError> AlterAsync(ConfigAlteration alteration, Deadline deadline) => alteration.ResourceType switch
    {
        ConfigResourceType.Topic => await topics.ChangeAsync(alteration, deadline),
        ConfigResourceType.Group => await groups.ChangeAsync(alteration, deadline),
        ConfigResourceType.Broker => CheckBroker(alteration),
        _ => new ApiError(
            ErrorCode.InvalidRequest,
            $"Resource type {(sbyte)alteration.ResourceType} has no configurations that can be altered; topics (2) and groups (32) have."),
    };

    private ApiError CheckBroker(ConfigAlteration alteration)
    {
        var name = alteration.ResourceName;
        var error = name.Length == 0 ? ApiError.None : BrokerResource.Check(name, options);
        if (!error.IsNone || alteration.Changes.Count == 0)
        {
            return error;
        }

        return new ApiError(
            ErrorCode.InvalidRequest,
            $"Cannot update these configs dynamically: {string.Join(", ", alteration.Changes.Select(change => change.Name))}. "
            + "Brokers take their settings when they start.");
    }
}
