using k8s.Models;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>Where records and metadata are, as the environment of whoever works with them.</summary>
internal static class StoreEnvironment
{
    public static IEnumerable<V1EnvVar> Of(ClusterPlan plan)
    {
        var s3 = plan.Cluster.Spec.S3;
        yield return PodParts.Variable("KAFSCALE_ETCD_ENDPOINTS", plan.EtcdEndpoints);
        yield return PodParts.Variable("KAFSCALE_S3_NAMESPACE", plan.S3Namespace);
        (string Name, string? Value)[] given =
        [
            ("KAFSCALE_S3_BUCKET", s3.Bucket),
            ("KAFSCALE_S3_REGION", s3.Region),
            ("KAFSCALE_S3_ENDPOINT", s3.Endpoint),
            ("KAFSCALE_S3_READ_BUCKET", s3.ReadBucket),
            ("KAFSCALE_S3_READ_REGION", s3.ReadRegion),
            ("KAFSCALE_S3_READ_ENDPOINT", s3.ReadEndpoint),
            ("KAFSCALE_S3_KMS_ARN", s3.KmsKeyArn),
        ];
        foreach (var (name, value) in given)
        {
            if (value is not null)
            {
                yield return PodParts.Variable(name, value);
            }
        }

        foreach (var variable in plan.Credentials?.Environment() ?? [])
        {
            yield return variable;
        }
    }
}
