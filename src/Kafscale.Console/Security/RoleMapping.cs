using System.Security.Claims;
using System.Text.Json;

namespace Kafscale.Console.Security;

/// <summary>Tells the role of somebody by what a sign-in provider says of them.</summary>
/// <param name="claim">The claim that has it. Dots lead into objects: <c>realm_access.roles</c>.</param>
/// <param name="roles">The role by the claim's value; <see cref="Anybody"/> stands for everybody who can sign in.</param>
internal sealed class RoleMapping(string claim, IReadOnlyDictionary<string, Role> roles)
{
    public const string Anybody = "*";

    /// <summary>The role; the greatest where several values have one, null where none has.</summary>
    public Role? Find(IEnumerable<Claim> claims)
    {
        var granted = ValuesOf(claims.ToList()).Append(Anybody).Where(roles.ContainsKey).Select(value => roles[value]).ToList();
        return granted.Count == 0 ? null : granted.Max();
    }

    private List<string> ValuesOf(List<Claim> claims)
    {
        var whole = claims.Where(one => one.Type == claim).Select(one => one.Value).ToList();
        if (whole.Count > 0)
        {
            return whole;
        }

        var parts = claim.Split('.');
        return [.. claims.Where(one => one.Type == parts[0]).SelectMany(one => ValuesIn(one.Value, parts.AsSpan(1)))];
    }

    private static List<string> ValuesIn(string json, ReadOnlySpan<string> path)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var element = document.RootElement;
            foreach (var name in path)
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                {
                    return [];
                }
            }

            return element.ValueKind switch
            {
                JsonValueKind.String => [element.GetString()!],
                JsonValueKind.Array => [.. element.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
                _ => [],
            };
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
