using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

public sealed partial class RbacTests
{
    [Fact]
    public async Task The_operator_may_do_what_its_page_says_and_nothing_else()
    {
        var rendering = await Chart.RenderAsync();

        Assert.Equal(Documented().Order(), Permissions(rendering.One("Role", "kafscale-operator")).Order());
    }

    [Fact]
    public async Task The_operator_may_take_its_lease_where_it_runs()
    {
        var rendering = await Chart.RenderAsync("watch: {namespace: blue}");

        var role = rendering.One("Role", "kafscale-operator-leader");
        Assert.Equal("kafscale", role.Namespace);
        Assert.Equal(
            ["coordination.k8s.io leases create", "coordination.k8s.io leases get", "coordination.k8s.io leases update"], Permissions(role).Order());
    }

    [Theory]
    [InlineData("", "kafscale")]
    [InlineData("watch: {namespace: blue}", "blue")]
    public async Task Its_permissions_end_at_the_namespace_that_it_looks_after(string values, string expected)
    {
        var rendering = await Chart.RenderAsync(values);

        Assert.Equal(expected, rendering.One("Role", "kafscale-operator").Namespace);
        Assert.Equal(expected, rendering.One("RoleBinding", "kafscale-operator").Namespace);
        Assert.Empty(rendering.OfKind("ClusterRole"));
        Assert.Empty(rendering.OfKind("ClusterRoleBinding"));
    }

    [Fact]
    public async Task Cluster_wide_it_may_do_the_same_everywhere()
    {
        var rendering = await Chart.RenderAsync("watch: {clusterWide: true}");

        Assert.Equal(Documented().Order(), Permissions(rendering.One("ClusterRole", "kafscale-operator")).Order());
        Assert.Equal("kafscale-operator-leader", Assert.Single(rendering.OfKind("Role")).Name);
    }

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Every_binding_binds_a_role_that_is_there_to_an_account_of_the_release(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        Assert.All(rendering.Objects.Where(manifest => manifest.Kind is "RoleBinding" or "ClusterRoleBinding"), binding =>
        {
            Assert.Single(rendering.Objects, manifest =>
                manifest.Kind == binding.Text("roleRef", "kind") && manifest.Name == binding.Text("roleRef", "name") && manifest.Namespace == binding.Namespace);
            var subject = Assert.Single(binding.At("subjects")!.AsArray())!;
            Assert.Single(rendering.OfKind("ServiceAccount"), account =>
                account.Name == subject["name"]!.GetValue<string>() && account.Namespace == subject["namespace"]!.GetValue<string>());
        });
    }

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task No_role_has_a_wildcard_or_lists_secrets_or_makes_roles(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        var permissions = rendering.Objects.Where(manifest => manifest.Kind is "Role" or "ClusterRole").SelectMany(Permissions).ToList();
        Assert.DoesNotContain(permissions, permission => permission.Contains('*', StringComparison.Ordinal));
        Assert.DoesNotContain(permissions, permission => permission.StartsWith("rbac.", StringComparison.Ordinal));
        Assert.All(permissions.Where(permission => permission.Contains(" secrets ", StringComparison.Ordinal)), permission => Assert.EndsWith(" get", permission, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_console_is_nobody_to_the_API_server()
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of("a console"));

        Assert.False(rendering.One("ServiceAccount", "kafscale-console").At("automountServiceAccountToken")!.GetValue<bool>());
        Assert.False(rendering.One("Deployment", "kafscale-console").PodSpec!["automountServiceAccountToken"]!.GetValue<bool>());
    }

    // Each as "group resource verb".
    private static IEnumerable<string> Permissions(Manifest role) =>
        from rule in role.At("rules")!.AsArray()
        from @group in rule!["apiGroups"]!.AsArray()
        from resource in rule["resources"]!.AsArray()
        from verb in rule["verbs"]!.AsArray()
        select $"{@group} {resource} {verb}";

    // The table of docs/operator.md.
    private static IEnumerable<string> Documented() =>
        from line in File.ReadAllLines(RepositoryRoot.File("docs", "operator.md"))
            .SkipWhile(line => line != "### Permissions").Skip(1).TakeWhile(line => !line.StartsWith('#'))
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length == 5 && cells[1] != "Group" && !cells[1].StartsWith("---", StringComparison.Ordinal)
        from @group in cells[1].Split(", ")
        from Match resource in Quoted().Matches(cells[2])
        from verb in cells[3].Split(", ")
        select $"{(@group == "core" ? "" : @group.Trim('`'))} {resource.Groups[1].Value} {verb}";

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
