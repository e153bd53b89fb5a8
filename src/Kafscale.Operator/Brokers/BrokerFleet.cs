using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Brokers;

/// <summary>
/// Makes the brokers' pods as many and of the kind that is wanted. No pod goes before it has handed over what it leads: pods that a
/// smaller cluster does not have are drained together and then go together; pods of an old revision are drained and replaced one by one.
/// </summary>
/// <remarks>That a pod is being drained stands on it before it is asked to, so whoever comes next knows of it, and ends the drain where it is not wanted any more.</remarks>
internal sealed class BrokerFleet(KubernetesObjects objects, IBrokerAdministration brokers, EventRecorder events, TimeProvider timeProvider)
{
    /// <summary>On a pod that the operator drains: since when.</summary>
    public const string DrainingAnnotation = KafscaleApi.Prefix + "draining-since";

    // A broker that is stopped drains by itself; to drain it before is to see that it works first. It need not work for ever.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMinutes(5);

    /// <summary>Reads what there is.</summary>
    public async Task<FleetState> LookAsync(ClusterPlan plan, CancellationToken cancellationToken)
    {
        var statefulSet = await objects.FindAsync(ResourceKinds.StatefulSets, plan.Names.Namespace, plan.Names.Broker, cancellationToken);
        var (pods, _) = await objects.ListAsync(
            ResourceKinds.Pods, plan.Names.Namespace, plan.Names.SelectorText(ClusterNames.BrokerComponent), cancellationToken);
        return new FleetState(statefulSet, [.. pods.OrderBy(PodLook.OrdinalOf)], null);
    }

    /// <summary>Does the next step.</summary>
    /// <param name="plan">The cluster.</param>
    /// <param name="before">What there is.</param>
    /// <param name="isStopped">Whether no broker must run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<FleetState> StepAsync(ClusterPlan plan, FleetState before, bool isStopped, CancellationToken cancellationToken)
    {
        var wanted = isStopped ? 0 : plan.Cluster.Spec.Brokers.Replicas;
        var present = before.StatefulSet?.Spec.Replicas ?? wanted;
        var replicas = wanted;
        string? progress = null;
        if (wanted < present && !isStopped)
        {
            (replicas, progress) = await ScaleInAsync(plan, before.Pods, present, wanted, cancellationToken);
        }

        var statefulSet = await objects.ApplyAsync(ResourceKinds.StatefulSets, BrokerManifests.StatefulSet(plan, replicas), cancellationToken);
        if (!isStopped)
        {
            progress ??= await ReplaceAsync(plan, statefulSet, before.Pods, cancellationToken);
        }

        return new FleetState(statefulSet, before.Pods, progress);
    }

    private async Task<(int Replicas, string? Progress)> ScaleInAsync(
        ClusterPlan plan, IReadOnlyList<V1Pod> pods, int present, int wanted, CancellationToken cancellationToken)
    {
        var going = pods.Where(pod => PodLook.OrdinalOf(pod) >= wanted && !PodLook.IsGoing(pod)).ToList();
        var marked = new List<V1Pod>();
        foreach (var pod in going)
        {
            // All of them before the first is asked: none is to get what another one hands over.
            marked.Add(await MarkAsync(pod, cancellationToken));
        }

        foreach (var pod in marked)
        {
            if (await DrainAsync(pod, isAlone: false, cancellationToken) is { } reason)
            {
                return (present, $"Broker {PodLook.OrdinalOf(pod)} is drained before it goes: {reason}");
            }
        }

        await events.RecordAsync(
            plan.Cluster, isWarning: false, "ScaledIn", string.Create(CultureInfo.InvariantCulture, $"From {present} brokers to {wanted}; what the others led was handed over."), cancellationToken);
        return (wanted, null);
    }

    private async Task<string?> ReplaceAsync(ClusterPlan plan, V1StatefulSet statefulSet, IReadOnlyList<V1Pod> pods, CancellationToken cancellationToken)
    {
        var status = statefulSet.Status;
        if (status?.UpdateRevision is not { } revision || !(status.ObservedGeneration >= statefulSet.Metadata.Generation))
        {
            return null;
        }

        var wanted = statefulSet.Spec.Replicas ?? 1;
        var staying = pods.Where(pod => PodLook.OrdinalOf(pod) < wanted).ToList();
        var outdated = staying.Where(pod => PodLook.RevisionOf(pod) != revision && !PodLook.IsGoing(pod)).ToList();
        var candidate = outdated.FindLast(pod => !PodLook.IsReady(pod)) ?? outdated.LastOrDefault();
        foreach (var pod in staying.Where(pod => pod.Metadata.Name != candidate?.Metadata.Name && IsMarked(pod) && !PodLook.IsGoing(pod)))
        {
            await EndDrainAsync(pod, cancellationToken);
        }

        if (candidate is null)
        {
            return null;
        }

        var waitingFor = staying.Find(pod => !outdated.Contains(pod) && !PodLook.IsReady(pod));
        if (waitingFor is not null || staying.Count < wanted)
        {
            var trouble = waitingFor is null ? null : PodLook.TroubleOf(waitingFor);
            return $"{outdated.Count} brokers are still to be replaced; broker {waitingFor?.Metadata.Name ?? "that is missing"} has to be ready before{(trouble is null ? "" : $", but {trouble}")}";
        }

        // What is not ready serves nobody, and a revision that cannot start must not keep its mended successor away.
        if (PodLook.IsReady(candidate))
        {
            candidate = await MarkAsync(candidate, cancellationToken);
            if (await DrainAsync(candidate, isAlone: wanted == 1, cancellationToken) is { } reason)
            {
                return $"Broker {candidate.Metadata.Name} is drained before it is replaced: {reason}";
            }
        }

        await objects.DeleteAsync(ResourceKinds.Pods, candidate, cancellationToken);
        await events.RecordAsync(plan.Cluster, isWarning: false, "BrokerReplaced", $"{candidate.Metadata.Name} is replaced by one of the new revision.", cancellationToken);
        return $"{outdated.Count} brokers are being replaced, one by one.";
    }

    private static bool IsMarked(V1Pod pod) => pod.Metadata.Annotations?.ContainsKey(DrainingAnnotation) == true;

    private async Task<V1Pod> MarkAsync(V1Pod pod, CancellationToken cancellationToken) => IsMarked(pod)
        ? pod
        : await objects.PatchAsync(ResourceKinds.Pods, pod, AnnotationChange(timeProvider.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)), cancellationToken);

    private async Task EndDrainAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        if (PodLook.AddressOf(pod, ClusterNames.HttpPort) is { } address && await brokers.EndDrainAsync(address, cancellationToken))
        {
            await objects.PatchAsync(ResourceKinds.Pods, pod, AnnotationChange(null), cancellationToken);
        }
    }

    private static JsonObject AnnotationChange(string? value) => new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [DrainingAnnotation] = value } } };

    /// <summary>Has a pod hand over what it leads.</summary>
    /// <returns>Why it must stay for now; null where it can go.</returns>
    private async Task<string?> DrainAsync(V1Pod pod, bool isAlone, CancellationToken cancellationToken)
    {
        if (isAlone || !PodLook.IsReady(pod) && pod.Status?.Phase != "Running" || PodLook.AddressOf(pod, ClusterNames.HttpPort) is not { } address)
        {
            return null;
        }

        var answer = await brokers.DrainAsync(address, cancellationToken);
        if (answer.Outcome == DrainOutcome.Drained || (answer.Outcome == DrainOutcome.Unreachable && !PodLook.IsReady(pod)))
        {
            return null;
        }

        var isOver = pod.Metadata.Annotations?.TryGetValue(DrainingAnnotation, out var text) == true
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            && timeProvider.GetUtcNow() - since > DrainPatience;
        return isOver ? null : answer.Detail ?? answer.Outcome.ToString();
    }
}
