using System.Text.Json.Nodes;
using k8s.Models;
using Kafscale.Metadata;
using Kafscale.Metadata.Etcd;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Operator.Etcd;

/// <summary>
/// Has the members of the operator's own etcd form it, once, and has a member that has lost its data join as a new one. That it has lost them the member says
/// itself: without data, and without being told what to do then, it ends with a message that it gives in no other case.
/// </summary>
/// <remarks>
/// No id of a member is ever used with a second folder of data. A member is told to join only after an id was made for it alone, by a note on the one pod that
/// has said that its folder is empty; the note goes when the member has joined. docs/operator.md has the whole of it.
/// </remarks>
internal sealed class EtcdMembership(KubernetesObjects objects, IEtcdAdministration etcd, IBuckets buckets, EventRecorder events)
{
    // What etcd says where it has no data and is not named by --initial-cluster, which it reads in that case alone.
    private static readonly string[] WordsOfEmptiness = ["couldn't find local name", "in the initial cluster configuration"];

    /// <summary>Makes sure that it is said how members without data start; before there are members.</summary>
    /// <param name="plan">The cluster.</param>
    /// <param name="canAskBucket">Whether there are credentials for the bucket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task PrepareAsync(ClusterPlan plan, bool canAskBucket, CancellationToken cancellationToken)
    {
        if (await FindStartAsync(plan, cancellationToken) is not null)
        {
            return;
        }

        // Where there may have been members before, their volumes may be there still: then each says first what it has.
        var isNew = plan.EtcdStatefulSet is null && canAskBucket && (await buckets.LookAsync(plan.Bucket, plan.S3Namespace, cancellationToken)).HoldsCluster == false;
        await objects.ApplyAsync(ResourceKinds.ConfigMaps, EtcdManifests.Start(plan, isForming: isNew), cancellationToken);
    }

    /// <summary>Does the next step, where there is one.</summary>
    /// <param name="plan">The cluster.</param>
    /// <param name="pods">The members' pods that do not go.</param>
    /// <param name="look">How etcd does, looked at just now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is going on, for a person; null: nothing.</returns>
    public async Task<string?> StepAsync(ClusterPlan plan, IReadOnlyList<V1Pod> pods, EtcdLook look, CancellationToken cancellationToken)
    {
        try
        {
            if (await FindStartAsync(plan, cancellationToken) is { } start && EtcdManifests.IsForming(start))
            {
                return await EndFormingAsync(plan, look, cancellationToken);
            }

            foreach (var pod in pods.Where(pod => IsJoining(pod) && PodLook.IsReady(pod) && EtcdPods.AddressOf(pod) is { } address && look.Members.ContainsKey(address)))
            {
                await WriteJoinAsync(pod, null, cancellationToken);
            }

            var empty = pods.Where(IsEmpty).ToList();
            if (empty.Count == 0)
            {
                return null;
            }

            return empty.Count == plan.EtcdMembers && look.Members.Count == 0
                ? await FormAsync(plan, empty, cancellationToken)
                : await ReplaceAsync(plan, pods, empty.Find(pod => !IsJoining(pod)), look, cancellationToken);
        }
        catch (MetadataUnavailableException e)
        {
            return $"A member that has lost its data cannot be replaced yet: {e.Message}";
        }
    }

    private Task<V1ConfigMap?> FindStartAsync(ClusterPlan plan, CancellationToken cancellationToken) =>
        objects.FindAsync(ResourceKinds.ConfigMaps, plan.Names.Namespace, plan.Names.EtcdStart, cancellationToken);

    private async Task<string?> EndFormingAsync(ClusterPlan plan, EtcdLook look, CancellationToken cancellationToken)
    {
        if (look.Members.Count < plan.EtcdMembers)
        {
            return "It is being formed.";
        }

        var listed = await etcd.ListMembersAsync(look.Members.Keys.First(), cancellationToken);
        if (listed.Count < plan.EtcdMembers || !listed.All(member => member.HasStarted))
        {
            return "It is being formed.";
        }

        await objects.ApplyAsync(ResourceKinds.ConfigMaps, EtcdManifests.Start(plan, isForming: false), cancellationToken);
        return null;
    }

    // Nobody has any data, so nothing can be lost by beginning anew; the metadata come from the bucket then.
    private async Task<string> FormAsync(ClusterPlan plan, List<V1Pod> pods, CancellationToken cancellationToken)
    {
        var joining = pods.Where(IsJoining).ToList();
        foreach (var pod in joining)
        {
            // There is nobody to join any more.
            await WriteJoinAsync(pod, null, cancellationToken);
        }

        if (joining.Count == 0)
        {
            await objects.ApplyAsync(ResourceKinds.ConfigMaps, EtcdManifests.Start(plan, isForming: true), cancellationToken);
            await events.RecordAsync(plan.Cluster, isWarning: true, "EtcdEmpty", "No member of etcd has any data. They form a new one.", cancellationToken);
        }

        return "No member has any data. They form a new etcd.";
    }

    private async Task<string> ReplaceAsync(ClusterPlan plan, IReadOnlyList<V1Pod> pods, V1Pod? lost, EtcdLook look, CancellationToken cancellationToken)
    {
        if (lost is null || pods.Any(IsJoining))
        {
            return "A member that had lost its data is joining as a new one.";
        }

        var name = lost.Metadata.Name;
        var quorum = (plan.EtcdMembers / 2) + 1;
        var led = look.Members.Where(member => member.Value.LeaderId != 0).ToList();
        if (look.Trouble is not null || led.Count < quorum || led.Select(member => member.Value.LeaderId).Distinct().Count() != 1)
        {
            return $"{name} has lost its data. It is replaced when {quorum} members answer and agree on a leader; {led.Count} do.";
        }

        var asked = led[0].Key;
        var peerAddress = plan.Names.EtcdPeerAddress(PodLook.OrdinalOf(lost) ?? 0);
        var listed = await etcd.ListMembersAsync(asked, cancellationToken);
        var own = listed.Where(member => member.Name == name || member.PeerAddresses.Contains(peerAddress)).ToList();
        var others = listed.Except(own).ToList();
        if (others.Count != plan.EtcdMembers - 1 || !others.TrueForAll(member => member.HasStarted) || own.Exists(member => Answers(member, look)))
        {
            return $"{name} has lost its data. It is not replaced, because etcd lists other members than there are to be: {string.Join(", ", listed.Select(member => member.Name))}.";
        }

        // Also one that was added and has never said that it started: an earlier pod may have used its id.
        foreach (var member in own)
        {
            await etcd.RemoveMemberAsync(asked, member.Id, cancellationToken);
        }

        await etcd.AddMemberAsync(asked, peerAddress, cancellationToken);
        await WriteJoinAsync(lost, EtcdManifests.AllMembers(plan), cancellationToken);
        await events.RecordAsync(plan.Cluster, isWarning: true, "EtcdMemberReplaced", $"{name} has lost its data, and joins etcd as a new member.", cancellationToken);
        return $"{name} has lost its data, and joins as a new member.";
    }

    private static bool IsEmpty(V1Pod pod) =>
        PodLook.LastWordsOf(pod, EtcdManifests.ContainerName) is { } words && WordsOfEmptiness.All(part => words.Contains(part, StringComparison.Ordinal));

    private static bool IsJoining(V1Pod pod) => pod.Metadata.Annotations?.ContainsKey(EtcdManifests.JoinAnnotation) == true;

    private static bool Answers(EtcdClusterMember member, EtcdLook look) => look.Members.Values.Any(status => status.MemberId == member.Id);

    private Task<V1Pod> WriteJoinAsync(V1Pod pod, string? members, CancellationToken cancellationToken) => objects.PatchAsync(
        ResourceKinds.Pods,
        pod,
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [EtcdManifests.JoinAnnotation] = members } } },
        cancellationToken);
}
