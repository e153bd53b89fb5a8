using Confluent.Kafka.Admin;

namespace Kafscale.Clients;

/// <summary>Who may do what in a cluster, where it keeps such things: ACLs (KIP-11, KIP-290) and users of SCRAM (KIP-554).</summary>
internal sealed class AccessRules(KafkaClient client)
{
    private static readonly AclBindingFilter Every = new()
    {
        PatternFilter = new ResourcePatternFilter { Type = ResourceType.Any, ResourcePatternType = ResourcePatternType.Any },
        EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Any },
    };

    /// <summary>All ACLs, in no order.</summary>
    public async Task<IReadOnlyList<AclBinding>> FindAclsAsync(CancellationToken cancellationToken) =>
        (await client.AskAsync(client.Admin.DescribeAclsAsync(Every, new DescribeAclsOptions { RequestTimeout = client.Timeout }), cancellationToken)).AclBindings;

    /// <summary>All users that have a SCRAM password, with the mechanisms that it is for, in no order.</summary>
    public async Task<IReadOnlyList<UserScramCredentialsDescription>> FindUsersAsync(CancellationToken cancellationToken) =>
        (await client.AskAsync(
            client.Admin.DescribeUserScramCredentialsAsync([], new DescribeUserScramCredentialsOptions { RequestTimeout = client.Timeout }),
            cancellationToken)).UserScramCredentialsDescriptions;

    /// <summary>Adds an ACL; one that is there already stays.</summary>
    public Task CreateAsync(AclBinding acl, CancellationToken cancellationToken) =>
        client.AskAsync(client.Admin.CreateAclsAsync([acl], new CreateAclsOptions { RequestTimeout = client.Timeout }), cancellationToken);

    /// <summary>Deletes an ACL, and no other; one that is not there any more is no error.</summary>
    public Task DeleteAsync(AclBinding acl, CancellationToken cancellationToken) =>
        client.AskAsync(client.Admin.DeleteAclsAsync([acl.ToFilter()], new DeleteAclsOptions { RequestTimeout = client.Timeout }), cancellationToken);
}
