using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Topics;

/// <summary>
/// Makes a topic what its resource says. It touches no topic but the one that it has made or was told to take over, which it knows by its id: a
/// client's topic of the same name is a conflict that is reported.
/// </summary>
internal sealed class TopicReconciler(KubernetesObjects objects, ITopicAdministration topics, EventRecorder events, TimeProvider timeProvider) : IReconciler
{
    /// <summary>With the value <c>true</c> on a topic's resource: it takes over the topic that is there.</summary>
    public const string AdoptAnnotation = KafscaleApi.Prefix + "adopt";

    /// <summary>Keeps a resource until its topic is deleted.</summary>
    public const string Finalizer = KafscaleApi.Prefix + "topic";

    private const string Ready = "Ready";
    private const string Creating = "Creating";

    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(5);

    // For so long a deletion waits for brokers that do not answer. Then the topic stays, and the resource goes.
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public async Task<TimeSpan?> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var topic = await objects.FindAsync(ResourceKinds.Topics, key.Namespace, key.Name, cancellationToken);
        if (topic is null)
        {
            return null;
        }

        var cluster = await objects.FindAsync(ResourceKinds.Clusters, key.Namespace, topic.Spec.ClusterRef, cancellationToken);
        if (cluster?.Metadata.DeletionTimestamp is not null)
        {
            cluster = null;
        }

        var servers = cluster is null ? null : await FindServersAsync(cluster, cancellationToken);
        if (topic.Metadata.DeletionTimestamp is { } deletedAt)
        {
            return await DeleteAsync(topic, cluster, servers, deletedAt, cancellationToken);
        }

        if (cluster is null)
        {
            return await ReportAsync(topic, "Pending", ConditionSet.False, "NoCluster", $"There is no KafscaleCluster {topic.Spec.ClusterRef} in the namespace.", SoonAgain * 6, cancellationToken);
        }

        if (servers is null)
        {
            return await ReportAsync(topic, "Pending", ConditionSet.False, "ClusterNotReady", $"No broker of {topic.Spec.ClusterRef} is ready.", SoonAgain, cancellationToken);
        }

        try
        {
            return await ConvergeAsync(topic, servers, cancellationToken);
        }
        catch (TopicRefusedException e)
        {
            return await ReportAsync(
                topic, "Failed", ConditionSet.False, e.IsFinal ? "Refused" : "ClusterNotAnswering", e.Message, e.IsFinal ? SoonAgain * 12 : SoonAgain, cancellationToken);
        }
    }

    private async Task<string?> FindServersAsync(KafscaleCluster cluster, CancellationToken cancellationToken)
    {
        var names = new ClusterNames(cluster);
        var (pods, _) = await objects.ListAsync(ResourceKinds.Pods, names.Namespace, names.SelectorText(ClusterNames.BrokerComponent), cancellationToken);
        return BootstrapServers.Of(pods);
    }

    private async Task<TimeSpan?> ConvergeAsync(KafscaleTopic topic, string servers, CancellationToken cancellationToken)
    {
        if (topic.Metadata.Finalizers?.Contains(Finalizer) != true)
        {
            topic = await SetFinalizerAsync(topic, isSet: true, cancellationToken);
        }

        var name = topic.Metadata.Name;
        var found = await topics.FindAsync(servers, name, cancellationToken);
        if (found is null)
        {
            // That it is to be made is written down while there certainly is none: whoever finds one after that knows whose it is.
            topic = await SetCreatingAsync(topic, cancellationToken);
            if (!await topics.CreateAsync(servers, name, topic.Spec.Partitions, TopicConfig.Of(topic.Spec), cancellationToken))
            {
                return await ReportConflictAsync(topic, cancellationToken);
            }

            await events.RecordAsync(topic, isWarning: false, "Created", $"The topic was made with {topic.Spec.Partitions} partitions.", cancellationToken);
            found = await topics.FindAsync(servers, name, cancellationToken);
            if (found is null)
            {
                return SoonAgain;
            }
        }

        var isOurs = topic.Status?.TopicId == found.Id || topic.Status is { Phase: Creating, TopicId: null };
        var isAdopted = topic.Metadata.Annotations?.TryGetValue(AdoptAnnotation, out var value) == true && value == "true";
        return isOurs || isAdopted ? await AlterAsync(topic, found, servers, cancellationToken) : await ReportConflictAsync(topic, cancellationToken);
    }

    private async Task<TimeSpan?> AlterAsync(KafscaleTopic topic, TopicLook found, string servers, CancellationToken cancellationToken)
    {
        var name = topic.Metadata.Name;
        var wanted = TopicConfig.Of(topic.Spec);
        var known = topic.Status?.AppliedConfig ?? [];
        if (topic.Status?.TopicId != found.Id || wanted.Keys.Except(known).Any())
        {
            // Before they are set, so that what was set is taken back even if nothing can be written after it.
            topic = await SetAppliedAsync(topic, found, [.. known.Union(wanted.Keys).Order(StringComparer.Ordinal)], cancellationToken);
        }

        var changes = TopicConfig.Changes(wanted, topic.Status!.AppliedConfig ?? [], found.Config);
        if (changes.Count > 0)
        {
            await topics.AlterAsync(servers, name, changes, cancellationToken);
            await events.RecordAsync(topic, isWarning: false, "Altered", $"Settings were changed: {string.Join(", ", changes.Keys)}.", cancellationToken);
        }

        if (found.Partitions.Count < topic.Spec.Partitions)
        {
            await topics.AddPartitionsAsync(servers, name, topic.Spec.Partitions, cancellationToken);
            await events.RecordAsync(topic, isWarning: false, "PartitionsAdded", $"From {found.Partitions.Count} partitions to {topic.Spec.Partitions}.", cancellationToken);
        }

        if (changes.Count > 0 || found.Partitions.Count < topic.Spec.Partitions)
        {
            found = await topics.FindAsync(servers, name, cancellationToken) ?? found;
        }

        var status = CopyOf(topic.Status);
        status.AppliedConfig = [.. wanted.Keys.Order(StringComparer.Ordinal)];
        status.Partitions = [.. found.Partitions.Take(TopicConfig.MaxListedPartitions)];
        if (found.Partitions.Count > topic.Spec.Partitions)
        {
            return await ReportAsync(
                topic, "Ready", ConditionSet.True, "MorePartitions",
                $"The topic has {found.Partitions.Count} partitions, more than the {topic.Spec.Partitions} of the spec. Partitions cannot be taken away: set spec.partitions to {found.Partitions.Count}.",
                null, cancellationToken, status);
        }

        var leaderless = found.Partitions.Count(partition => partition.Leader is null or < 0);
        return leaderless > 0
            ? await ReportAsync(topic, "Ready", ConditionSet.False, "NoLeader", $"{leaderless} partitions have no leader.", SoonAgain, cancellationToken, status)
            : await ReportAsync(topic, "Ready", ConditionSet.True, "AsSpecified", $"The topic has {found.Partitions.Count} partitions.", null, cancellationToken, status);
    }

    private Task<TimeSpan?> ReportConflictAsync(KafscaleTopic topic, CancellationToken cancellationToken)
    {
        var wasOurs = topic.Status?.TopicId is not null;
        return ReportAsync(
            topic, "Conflict", ConditionSet.False, "Conflict",
            $"{(wasOurs ? "The topic was deleted and made again by somebody else" : "There is a topic of this name that this resource has not made")}, so it is left alone. "
            + $"To take it over, kubectl annotate kafscaletopic {topic.Metadata.Name} {AdoptAnnotation}=true; it is deleted with the resource then.",
            SoonAgain * 6, cancellationToken);
    }

    private async Task<TimeSpan?> DeleteAsync(KafscaleTopic topic, KafscaleCluster? cluster, string? servers, DateTime deletedAt, CancellationToken cancellationToken)
    {
        if (topic.Metadata.Finalizers?.Contains(Finalizer) != true)
        {
            return null;
        }

        var isOurs = topic.Status?.TopicId is not null || topic.Status?.Phase == Creating;
        if (cluster is not null && isOurs)
        {
            try
            {
                if (servers is null)
                {
                    throw new TopicRefusedException($"No broker of {topic.Spec.ClusterRef} is ready.", isFinal: false);
                }

                var found = await topics.FindAsync(servers, topic.Metadata.Name, cancellationToken);
                if (found is not null && (topic.Status!.TopicId ?? found.Id) == found.Id)
                {
                    await topics.DeleteAsync(servers, topic.Metadata.Name, cancellationToken);
                }
            }
            catch (TopicRefusedException e)
            {
                if (timeProvider.GetUtcNow() - deletedAt.ToUniversalTime() < DeletionPatience)
                {
                    return await ReportAsync(topic, "Deleting", ConditionSet.False, "NotDeletedYet", $"The topic could not be deleted yet: {e.Message}", SoonAgain, cancellationToken);
                }

                await events.RecordAsync(
                    topic, isWarning: true, "TopicLeft", $"The topic stays, because it could not be deleted within {DeletionPatience.TotalMinutes} minutes: {e.Message}", cancellationToken);
            }
        }

        await SetFinalizerAsync(topic, isSet: false, cancellationToken);
        return null;
    }

    private Task<KafscaleTopic> SetFinalizerAsync(KafscaleTopic topic, bool isSet, CancellationToken cancellationToken)
    {
        var others = (topic.Metadata.Finalizers ?? []).Where(finalizer => finalizer != Finalizer);
        JsonArray finalizers = [.. (isSet ? others.Append(Finalizer) : others).Select(finalizer => JsonValue.Create(finalizer))];
        return objects.PatchAsync(ResourceKinds.Topics, topic, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = finalizers } }, cancellationToken);
    }

    private Task<KafscaleTopic> SetCreatingAsync(KafscaleTopic topic, CancellationToken cancellationToken)
    {
        var status = CopyOf(topic.Status);
        (status.Phase, status.TopicId, status.Partitions) = (Creating, null, null);
        return SetStatusAsync(topic, status, cancellationToken);
    }

    private Task<KafscaleTopic> SetAppliedAsync(KafscaleTopic topic, TopicLook found, List<string> applied, CancellationToken cancellationToken)
    {
        var status = CopyOf(topic.Status);
        (status.TopicId, status.AppliedConfig) = (found.Id, applied);
        return SetStatusAsync(topic, status, cancellationToken);
    }

    private async Task<TimeSpan?> ReportAsync(KafscaleTopic topic, string phase, string ready, string reason, string message, TimeSpan? again, CancellationToken cancellationToken, TopicStatus? status = null)
    {
        status ??= CopyOf(topic.Status);
        var conditions = new ConditionSet(status.Conditions, topic.Metadata.Generation, timeProvider.GetUtcNow());
        conditions.Set(Ready, ready, reason, message);
        (status.ObservedGeneration, status.Conditions) = (topic.Metadata.Generation, conditions.All);
        // What is being made stays so until it is known whose it is.
        status.Phase = status is { Phase: Creating, TopicId: null } && phase is "Failed" or "Pending" && reason != "Refused" ? Creating : phase;
        var isNews = conditions.Changed.Any();
        await SetStatusAsync(topic, status, cancellationToken);
        if (isNews && reason != "AsSpecified")
        {
            await events.RecordAsync(topic, isWarning: ready != ConditionSet.True, reason, message, cancellationToken);
        }

        return again;
    }

    private static TopicStatus CopyOf(TopicStatus? status) => status is null ? new TopicStatus() : KubernetesJson.Deserialize<TopicStatus>(KubernetesJson.Serialize(status));

    private Task<KafscaleTopic> SetStatusAsync(KafscaleTopic topic, TopicStatus status, CancellationToken cancellationToken) =>
        objects.SetStatusAsync(ResourceKinds.Topics, topic, status, cancellationToken);
}
