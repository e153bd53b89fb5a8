using System.Security.Claims;
using Kafscale.Console.Security;

namespace Kafscale.Console.Tests.Security;

public sealed class RoleMappingTests
{
    private static readonly Dictionary<string, Role> Roles = new() { ["admins"] = Role.Admin, ["developers"] = Role.Editor };

    [Theory]
    [InlineData("roles", "roles", "admins", Role.Admin)]
    [InlineData("roles", "roles", "guests", null)]
    [InlineData("roles", "groups", "admins", null)]
    [InlineData("realm_access.roles", "realm_access", """{"roles":["developers","admins"]}""", Role.Admin)]
    [InlineData("realm_access.roles", "realm_access", """{"roles":"developers"}""", Role.Editor)]
    [InlineData("realm_access.roles", "realm_access", """{"roles":{"admins":true}}""", null)]
    [InlineData("realm_access.roles", "realm_access", "no JSON", null)]
    [InlineData("https://example.com/roles", "https://example.com/roles", "developers", Role.Editor)]
    public void A_role_is_found_in_the_claim_that_is_named(string claim, string type, string value, Role? role) =>
        Assert.Equal(role, new RoleMapping(claim, Roles).Find([new Claim(type, value)]));

    [Fact]
    public void Of_several_values_the_greatest_role_counts() =>
        Assert.Equal(Role.Admin, new RoleMapping("roles", Roles).Find([new Claim("roles", "developers"), new Claim("roles", "admins")]));

    [Fact]
    public void Everybody_can_be_given_a_role() =>
        Assert.Equal(Role.Viewer, new RoleMapping("roles", new Dictionary<string, Role> { [RoleMapping.Anybody] = Role.Viewer }).Find([]));
}
