using k8s;
using k8s.Models;
using Kafscale.Operator.Brokers;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Topics;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator;

/// <summary>Everything that the operator does while it is the leader: controllers, and the watches that feed them.</summary>
internal sealed class OperatorWork : IDisposable
{
    private readonly KubernetesObjects _objects;
    private readonly OperatorOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly ILoggerFactory _loggerFactory;
    private readonly Controller _clusters;
    private readonly Controller _upkeep;
    private readonly Controller _topics;

    public OperatorWork(
        IKubernetes kubernetes, OperatorOptions options, OperatorOutside outside, OperatorMetrics metrics, TimeProvider timeProvider, Random random, ILoggerFactory loggerFactory)
    {
        (_options, _timeProvider, _random, _loggerFactory) = (options, timeProvider, random, loggerFactory);
        _objects = new KubernetesObjects(kubernetes);
        var events = new EventRecorder(_objects, timeProvider, random, loggerFactory.CreateLogger<EventRecorder>());
        var planner = new ClusterPlanner(_objects, options);
        var records = new EtcdUpkeepRecords(_objects);
        var fleet = new BrokerFleet(_objects, outside.Brokers, events, timeProvider);
        var membership = new EtcdMembership(_objects, outside.Etcd, outside.Buckets, events);
        var restore = new RestoreProcedure(_objects, events, timeProvider);
        _clusters = CreateController(
            "cluster",
            new ClusterReconciler(_objects, planner, fleet, restore, membership, outside.Etcd, outside.Buckets, outside.Topics, records, events, metrics, timeProvider),
            metrics);
        _upkeep = CreateController(
            "etcd",
            new EtcdUpkeep(_objects, planner, outside.Etcd, outside.Buckets, records, metrics, options, timeProvider, loggerFactory.CreateLogger<EtcdUpkeep>()),
            metrics);
        _topics = CreateController("topic", new TopicReconciler(_objects, outside.Topics, events, timeProvider), metrics);
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        const string Children = $"{ClusterNames.ManagedByLabel}={ClusterNames.ManagedBy}";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> parts =
        [
            WatchAsync(ResourceKinds.Clusters, null, OnCluster, ending.Token),
            WatchAsync(ResourceKinds.Topics, null, OnTopic, ending.Token),
            WatchAsync(ResourceKinds.StatefulSets, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.Deployments, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.Services, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.ConfigMaps, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.DisruptionBudgets, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.Autoscalers, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.Jobs, Children, OnChild, ending.Token),
            WatchAsync(ResourceKinds.Pods, Children, OnChild, ending.Token),
            _clusters.RunAsync(ending.Token),
            _upkeep.RunAsync(ending.Token),
            _topics.RunAsync(ending.Token),
        ];
        await Task.WhenAny(parts);

        // Where one has failed, the others would only look as if the operator worked.
        await ending.CancelAsync();
        await Task.WhenAll(parts);
    }

    public void Dispose()
    {
        _clusters.Dispose();
        _upkeep.Dispose();
        _topics.Dispose();
    }

    private Controller CreateController(string kind, IReconciler reconciler, OperatorMetrics metrics) =>
        new(kind, reconciler, metrics, _timeProvider, _random, _options.Resync, _loggerFactory.CreateLogger<Controller>());

    private Task WatchAsync<T>(ResourceKind<T> kind, string? labels, Action<bool, T> onChanged, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        new ResourceWatch<T>(_objects, kind, _options.Namespace, labels, _timeProvider, _random, _loggerFactory.CreateLogger<OperatorWork>(), onChanged).RunAsync(cancellationToken);

    private void OnCluster(bool isThere, Resources.KafscaleCluster cluster)
    {
        var key = NamespacedName.Of(cluster);
        foreach (var controller in (Controller[])[_clusters, _upkeep])
        {
            AddOrRemove(controller, isThere, key);
        }

        // Topics wait for their cluster to be ready, and let go where it is gone.
        _topics.AddKnown(topic => topic.Namespace == key.Namespace);
    }

    private void OnTopic(bool isThere, Resources.KafscaleTopic topic) => AddOrRemove(_topics, isThere, NamespacedName.Of(topic));

    private void OnChild<T>(bool isThere, T child)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        if (child.Metadata.Labels?.TryGetValue(ClusterNames.InstanceLabel, out var cluster) == true)
        {
            _clusters.AddKnown(key => key == new NamespacedName(child.Metadata.NamespaceProperty, cluster));
        }
    }

    private static void AddOrRemove(Controller controller, bool isThere, NamespacedName key)
    {
        if (isThere)
        {
            controller.Add(key);
        }
        else
        {
            controller.Remove(key);
        }
    }
}
