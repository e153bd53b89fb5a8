using Confluent.Kafka.Admin;

namespace Kafscale.Console.Cluster;

/// <summary>Who may do what in a cluster, as far as it knows of such things.</summary>
/// <param name="Acls">The ACLs by resource and principal; null: it has none and never will.</param>
/// <param name="Users">The users that sign in by SCRAM, by name; null: it cannot tell.</param>
internal sealed record ClusterAccess(IReadOnlyList<AclBinding>? Acls, IReadOnlyList<UserScramCredentialsDescription>? Users);
