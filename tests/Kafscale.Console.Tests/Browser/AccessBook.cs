using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Console.Tests.Browser;

/// <summary>ACLs and users, in memory, asked and changed as Kafka's protocol does it.</summary>
internal sealed class AccessBook
{
    private const sbyte Any = 1;

    private readonly Lock _lock = new();
    private readonly List<AccessRule> _rules = [];

    /// <summary>The users, with their mechanisms as the protocol numbers them and the iterations of each.</summary>
    private readonly (string Name, (sbyte Mechanism, int Iterations)[] Credentials)[] _users =
    [
        ("reporting", [(1, 4096)]),
        ("alice", [(1, 8192), (2, 4096)]),
    ];

    public static IReadOnlyList<ApiKey> ApiKeys { get; } = [ApiKey.DescribeAcls, ApiKey.CreateAcls, ApiKey.DeleteAcls, ApiKey.DescribeUserScramCredentials];

    /// <summary>A request of those that are answered here; null: it is of another one.</summary>
    public static IRequestMessage? CreateRequest(ApiKey key) => key switch
    {
        ApiKey.DescribeAcls => new DescribeAclsRequest(),
        ApiKey.CreateAcls => new CreateAclsRequest(),
        ApiKey.DeleteAcls => new DeleteAclsRequest(),
        ApiKey.DescribeUserScramCredentials => new DescribeUserScramCredentialsRequest(),
        _ => null,
    };

    public IResponseMessage Answer(IRequestMessage request)
    {
        lock (_lock)
        {
            return request switch
            {
                DescribeAclsRequest describe => Describe(describe),
                CreateAclsRequest create => Create(create),
                DeleteAclsRequest delete => Delete(delete),
                DescribeUserScramCredentialsRequest describe => Describe(describe),
                _ => throw new ArgumentException("It is not answered here.", nameof(request)),
            };
        }
    }

    private DescribeAclsResponse Describe(DescribeAclsRequest filter)
    {
        var found = Find(
            filter.ResourceTypeFilter, filter.ResourceNameFilter, filter.PatternTypeFilter, filter.PrincipalFilter, filter.HostFilter, filter.Operation, filter.PermissionType);
        return new DescribeAclsResponse
        {
            Resources =
            [
                .. found.GroupBy(rule => (rule.Type, rule.Name, rule.Pattern)).Select(resource => new DescribeAclsResponse.DescribeAclsResource
                {
                    ResourceType = resource.Key.Type,
                    ResourceName = resource.Key.Name,
                    PatternType = resource.Key.Pattern,
                    Acls =
                    [
                        .. resource.Select(rule => new DescribeAclsResponse.AclDescription
                        {
                            Principal = rule.Principal, Host = rule.Host, Operation = rule.Operation, PermissionType = rule.Permission,
                        }),
                    ],
                }),
            ],
        };
    }

    private CreateAclsResponse Create(CreateAclsRequest request)
    {
        var rules = request.Creations.Select(creation => new AccessRule(
            creation.ResourceType, creation.ResourceName, creation.ResourcePatternType, creation.Principal, creation.Host, creation.Operation, creation.PermissionType));
        _rules.AddRange(rules.Where(rule => !_rules.Contains(rule)).ToList());
        return new CreateAclsResponse { Results = [.. request.Creations.Select(_ => new CreateAclsResponse.AclCreationResult())] };
    }

    private DeleteAclsResponse Delete(DeleteAclsRequest request) => new()
    {
        FilterResults =
        [
            .. request.Filters.Select(filter =>
            {
                var matching = Find(
                    filter.ResourceTypeFilter, filter.ResourceNameFilter, filter.PatternTypeFilter, filter.PrincipalFilter, filter.HostFilter, filter.Operation, filter.PermissionType);
                matching.ForEach(rule => _rules.Remove(rule));
                return new DeleteAclsResponse.DeleteAclsFilterResult
                {
                    MatchingAcls =
                    [
                        .. matching.Select(rule => new DeleteAclsResponse.DeleteAclsMatchingAcl
                        {
                            ResourceType = rule.Type,
                            ResourceName = rule.Name,
                            PatternType = rule.Pattern,
                            Principal = rule.Principal,
                            Host = rule.Host,
                            Operation = rule.Operation,
                            PermissionType = rule.Permission,
                        }),
                    ],
                };
            }),
        ],
    };

    private DescribeUserScramCredentialsResponse Describe(DescribeUserScramCredentialsRequest request) => new()
    {
        Results =
        [
            .. _users.Where(user => request.Users is null or { Count: 0 } || request.Users.Exists(asked => asked.Name == user.Name))
                .Select(user => new DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult
                {
                    User = user.Name,
                    CredentialInfos =
                    [
                        .. user.Credentials.Select(credential => new DescribeUserScramCredentialsResponse.CredentialInfo
                        {
                            Mechanism = credential.Mechanism, Iterations = credential.Iterations,
                        }),
                    ],
                }),
        ],
    };

    private List<AccessRule> Find(sbyte type, string? name, sbyte pattern, string? principal, string? host, sbyte operation, sbyte permission) => _rules.FindAll(rule =>
        Matches(type, rule.Type) && Matches(name, rule.Name) && Matches(pattern, rule.Pattern) && Matches(principal, rule.Principal) && Matches(host, rule.Host)
        && Matches(operation, rule.Operation) && Matches(permission, rule.Permission));

    private static bool Matches(sbyte filter, sbyte value) => filter == Any || filter == value;

    private static bool Matches(string? filter, string value) => filter is null || filter == value;

    private sealed record AccessRule(sbyte Type, string Name, sbyte Pattern, string Principal, string Host, sbyte Operation, sbyte Permission);
}
