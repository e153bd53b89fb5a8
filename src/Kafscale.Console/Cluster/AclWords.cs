using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Console.Cluster;

/// <summary>What is in an ACL, in words, and which operations there are for what.</summary>
internal static partial class AclWords
{
    /// <summary>The one name that the cluster has as a resource.</summary>
    public const string ClusterName = "kafka-cluster";

    // The library has it on the wire, but no name for it.
    private const ResourceType TransactionalId = (ResourceType)5;

    /// <summary>What there are ACLs for, with the operations that mean something there.</summary>
    public static IReadOnlyDictionary<ResourceType, IReadOnlyList<AclOperation>> Operations { get; } = new Dictionary<ResourceType, IReadOnlyList<AclOperation>>
    {
        [ResourceType.Topic] =
        [
            AclOperation.Read, AclOperation.Write, AclOperation.Describe, AclOperation.Create, AclOperation.Delete, AclOperation.Alter,
            AclOperation.DescribeConfigs, AclOperation.AlterConfigs, AclOperation.All,
        ],
        [ResourceType.Group] = [AclOperation.Read, AclOperation.Describe, AclOperation.Delete, AclOperation.DescribeConfigs, AclOperation.AlterConfigs, AclOperation.All],
        [TransactionalId] = [AclOperation.Write, AclOperation.Describe, AclOperation.All],
        [ResourceType.Broker] =
        [
            AclOperation.Describe, AclOperation.Create, AclOperation.Alter, AclOperation.DescribeConfigs, AclOperation.AlterConfigs,
            AclOperation.IdempotentWrite, AclOperation.ClusterAction, AclOperation.All,
        ],
    };

    public static string Of(ResourceType type) => type switch
    {
        // The library calls by this name what the protocol does by the other.
        ResourceType.Broker => "cluster",
        TransactionalId => "transactional id",
        _ => Spaced(type),
    };

    public static string Of(AclOperation operation) => Spaced(operation);

    public static string Of(AclPermissionType permission) => Spaced(permission);

    public static string Of(ResourcePatternType pattern) => Spaced(pattern);

    public static string Of(ScramMechanism mechanism) => mechanism switch
    {
        ScramMechanism.ScramSha256 => "SCRAM-SHA-256",
        ScramMechanism.ScramSha512 => "SCRAM-SHA-512",
        _ => "another one",
    };

    /// <summary>All of an ACL but for whom it is.</summary>
    public static string Of(AclBinding acl) =>
        $"{Of(acl.Entry.PermissionType)} {Of(acl.Entry.Operation)} on {Of(acl.Pattern.Type)} {acl.Pattern.Name} ({Of(acl.Pattern.ResourcePatternType)}) from {acl.Entry.Host}";

    private static string Spaced(Enum value) => InnerCapital().Replace(value.ToString(), " $0").ToLowerInvariant();

    [GeneratedRegex(@"(?<=[a-z])[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex InnerCapital();
}
