using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at who may do what in a cluster, as far as it knows of such things.</summary>
internal sealed class AccessInspection(ClusterConnection connection)
{
    private static readonly AclBindingFilter Every = new()
    {
        PatternFilter = new ResourcePatternFilter { Type = ResourceType.Any, ResourcePatternType = ResourcePatternType.Any },
        EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Any },
    };

    /// <summary>The ACLs.</summary>
    /// <returns>Null where the cluster has no such thing.</returns>
    /// <exception cref="CommandFailedException">No broker can be reached.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public async Task<IReadOnlyList<AclBinding>?> FindAclsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await connection.AskAsync<IReadOnlyList<AclBinding>>(
                async client =>
                {
                    var result = await client.AskAsync(client.Admin.DescribeAclsAsync(Every, new DescribeAclsOptions { RequestTimeout = client.Timeout }), cancellationToken);
                    return [.. result.AclBindings.OrderBy(acl => acl.Pattern.Type).ThenBy(acl => acl.Pattern.Name, StringComparer.Ordinal).ThenBy(acl => acl.Entry.Principal, StringComparer.Ordinal)];
                },
                cancellationToken);
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedVersion or ErrorCode.SecurityDisabled)
        {
            return null;
        }
    }
}
