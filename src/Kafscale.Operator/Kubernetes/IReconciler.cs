namespace Kafscale.Operator.Kubernetes;

/// <summary>Makes what a resource says so.</summary>
internal interface IReconciler
{
    /// <summary>Looks at a resource, which may be gone, and does what there is to be done.</summary>
    /// <returns>When to look again though nothing changes; null: at the next resync.</returns>
    Task<TimeSpan?> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken);
}
