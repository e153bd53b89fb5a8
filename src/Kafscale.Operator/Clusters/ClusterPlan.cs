using k8s.Models;
using Kafscale.Operator.Resources;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Operator.Clusters;

/// <summary>What a cluster's resource, the operator's settings and the Secret mean together: all that manifests are made from.</summary>
internal sealed class ClusterPlan
{
    private const string DefaultTag = "latest";

    public ClusterPlan(KafscaleCluster cluster, OperatorOptions options, S3CredentialsSecret? credentials, int etcdMembers)
    {
        Cluster = cluster;
        Options = options;
        Credentials = credentials;
        EtcdMembers = etcdMembers;
        Names = new ClusterNames(cluster);
        var s3 = cluster.Spec.S3;
        S3Namespace = s3.Namespace ?? $"{Names.Namespace}/{Names.Cluster}";
        Image = ImageOf(cluster.Spec.Brokers.Image, options.Image);
        EtcdAddresses = AddressesOf(cluster, options, Names, etcdMembers);
    }

    public KafscaleCluster Cluster { get; }

    public OperatorOptions Options { get; }

    public ClusterNames Names { get; }

    /// <summary>Null where the SDK is to find credentials in the pods, or where the Secret cannot be used.</summary>
    public S3CredentialsSecret? Credentials { get; }

    /// <summary>What the keys of all objects begin with.</summary>
    public string S3Namespace { get; }

    public string Image { get; }

    /// <summary>How many members the operator's own etcd has.</summary>
    public int EtcdMembers { get; }

    /// <summary>What they are made of; null where there is none yet.</summary>
    public V1StatefulSet? EtcdStatefulSet { get; init; }

    /// <summary>Whether the operator runs etcd for this cluster.</summary>
    public bool IsEtcdManaged => ExternalEndpointsOf(Cluster, Options).Count == 0;

    /// <summary>Where brokers reach etcd.</summary>
    public IReadOnlyList<Uri> EtcdAddresses { get; }

    /// <summary>The same as a setting of brokers.</summary>
    public string EtcdEndpoints => string.Join(',', EtcdAddresses.Select(address => address.OriginalString.TrimEnd('/')));

    /// <summary>The cluster's bucket.</summary>
    public S3Options Bucket
    {
        get
        {
            var s3 = Cluster.Spec.S3;
            var endpoint = s3.Endpoint is { } address ? new Uri(address) : null;
            return new S3Options
            {
                Bucket = s3.Bucket,
                Region = s3.Region,
                Endpoint = endpoint,
                // As brokers do where s3.path.style is not set.
                PathStyle = endpoint is not null,
                Credentials = Credentials?.Credentials,
                KmsKeyArn = s3.KmsKeyArn,
                MaxConnections = 4,
            };
        }
    }

    /// <summary>The bucket of etcd's snapshots.</summary>
    public S3Options SnapshotBucket
    {
        get
        {
            var snapshots = Options.Snapshots;
            var bucket = Bucket;
            return bucket with
            {
                Bucket = snapshots.Bucket ?? bucket.Bucket,
                Endpoint = snapshots.Endpoint ?? bucket.Endpoint,
                PathStyle = (snapshots.Endpoint ?? bucket.Endpoint) is not null,
                // The key belongs to the records; another bucket has a default of its own.
                KmsKeyArn = snapshots.Bucket is null ? bucket.KmsKeyArn : null,
            };
        }
    }

    private static IReadOnlyList<Uri> ExternalEndpointsOf(KafscaleCluster cluster, OperatorOptions options) =>
        cluster.Spec.Etcd.Endpoints is { Count: > 0 } own ? [.. own.Select(address => new Uri(address))] : options.EtcdEndpoints;

    private static IReadOnlyList<Uri> AddressesOf(KafscaleCluster cluster, OperatorOptions options, ClusterNames names, int members) =>
        ExternalEndpointsOf(cluster, options) is { Count: > 0 } external
            ? external
            : [.. Enumerable.Range(0, members).Select(member => new Uri($"http://{names.EtcdMemberHost(member)}:{ClusterNames.EtcdClientPort}"))];

    private static string ImageOf(ImageSpec image, string otherwise)
    {
        if (image is { Repository: null, Tag: null })
        {
            return otherwise;
        }

        // A port has a colon, too.
        var colon = otherwise.LastIndexOf(':');
        var (repository, tag) = colon > otherwise.LastIndexOf('/') ? (otherwise[..colon], otherwise[(colon + 1)..]) : (otherwise, DefaultTag);
        return $"{image.Repository ?? repository}:{image.Tag ?? tag}";
    }
}
