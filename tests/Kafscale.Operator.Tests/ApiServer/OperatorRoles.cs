using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Kafscale.Testing;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>What the operator may do by the roles in deploy/, and what it did of that.</summary>
public sealed class OperatorRoles
{
    /// <summary>Where the operator runs, and has its Lease.</summary>
    public const string Namespace = "system";

    private static readonly HashSet<Permission> InItsNamespace = Read("Role");
    private static readonly HashSet<Permission> Everywhere = Read("ClusterRole");

    private readonly ConcurrentDictionary<Permission, bool> _used = [];
    private readonly ConcurrentQueue<string> _refused = [];

    /// <summary>All that is granted.</summary>
    public static IEnumerable<Permission> Granted => Everywhere.Union(InItsNamespace);

    /// <summary>What was used of it.</summary>
    public IEnumerable<Permission> Used => _used.Keys;

    /// <summary>What was asked for and is not granted.</summary>
    public IEnumerable<string> Refused => _refused;

    /// <summary>Lets a request pass, or does not.</summary>
    /// <exception cref="ApiException">It is not granted (403).</exception>
    public void Authorize(Permission wanted, string ns)
    {
        if (!Everywhere.Contains(wanted) && !(ns == Namespace && InItsNamespace.Contains(wanted)))
        {
            _refused.Enqueue($"{wanted} in {ns}");
            throw new ApiException(403, "Forbidden", $"{wanted.Resource} is forbidden: the operator cannot {wanted.Verb} resource \"{wanted.Resource}\" in API group \"{wanted.Group}\" in the namespace \"{ns}\"");
        }

        _used[wanted] = true;
    }

    // The chart with the values of an operator that looks after all namespaces; that the file is the chart's a test of deploy/ sees to.
    private static HashSet<Permission> Read(string kind) =>
    [
        .. from document in Yaml.ReadAll(RepositoryRoot.File("deploy", "kustomize", "cluster-wide", "operator-rbac.yaml"))
           where (string?)document["kind"] == kind
           from rule in document["rules"]!.AsArray()
           from @group in Texts(rule!["apiGroups"])
           from resource in Texts(rule!["resources"])
           from verb in Texts(rule!["verbs"])
           select new Permission(@group, resource, verb),
    ];

    private static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(text => (string)text!);
}
