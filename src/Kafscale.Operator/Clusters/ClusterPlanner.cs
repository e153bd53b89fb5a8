using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>Puts together what a cluster's plan is made from.</summary>
internal sealed class ClusterPlanner(KubernetesObjects objects, OperatorOptions options)
{
    /// <returns>The plan, and what is wrong with the Secret; null where nothing is.</returns>
    public async Task<(ClusterPlan Plan, string? CredentialsTrouble)> PlanAsync(KafscaleCluster cluster, CancellationToken cancellationToken)
    {
        var names = new ClusterNames(cluster);
        S3CredentialsSecret? credentials = null;
        string? trouble = null;
        if (cluster.Spec.S3.CredentialsSecretRef is { } secretName)
        {
            var secret = await objects.FindAsync(ResourceKinds.Secrets, names.Namespace, secretName, cancellationToken);
            try
            {
                credentials = S3CredentialsSecret.Read(secret ?? throw new FormatException($"There is no Secret {secretName} in the namespace {names.Namespace}."));
            }
            catch (FormatException e)
            {
                trouble = e.Message;
            }
        }

        // Members are not added or taken away by a number in a manifest, so what there is stays.
        var etcd = await objects.FindAsync(ResourceKinds.StatefulSets, names.Namespace, names.Etcd, cancellationToken);
        return (new ClusterPlan(cluster, options, credentials, etcd?.Spec.Replicas ?? options.Etcd.Replicas) { EtcdStatefulSet = etcd }, trouble);
    }
}
