using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at who may do what in a cluster, as far as it knows of such things.</summary>
internal sealed class AccessInspection(ClusterConnection connection)
{
    /// <summary>ACLs and users as they are now.</summary>
    /// <exception cref="CommandFailedException">No broker can be reached.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public Task<ClusterAccess> FindAsync(CancellationToken cancellationToken) => connection.ReadAsync(
        async (client, token) =>
        {
            var rules = new AccessRules(client);
            var acls = await WhereSupportedAsync(() => rules.FindAclsAsync(token));
            var users = await WhereSupportedAsync(() => rules.FindUsersAsync(token));
            return new ClusterAccess(acls is null ? null : InOrder(acls), users is null ? null : [.. users.OrderBy(user => user.User, StringComparer.Ordinal)]);
        },
        cancellationToken);

    private static IReadOnlyList<AclBinding> InOrder(IEnumerable<AclBinding> acls) =>
    [
        .. acls.OrderBy(acl => acl.Pattern.Type).ThenBy(acl => acl.Pattern.Name, StringComparer.Ordinal).ThenBy(acl => acl.Pattern.ResourcePatternType)
            .ThenBy(acl => acl.Entry.Principal, StringComparer.Ordinal).ThenBy(acl => acl.Entry.Operation).ThenBy(acl => acl.Entry.Host, StringComparer.Ordinal),
    ];

    private static async Task<T?> WhereSupportedAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedVersion or ErrorCode.SecurityDisabled)
        {
            return null;
        }
    }
}
