using Kafscale.Protocol;

namespace Kafscale.Broker.Telemetry;

/// <summary>Error codes as labels, by Kafka's names such as NOT_LEADER_OR_FOLLOWER.</summary>
internal static class ErrorLabels
{
    private static readonly Dictionary<ErrorCode, KeyValuePair<string, object?>> Labels =
        Enum.GetValues<ErrorCode>().ToDictionary(error => error, error => new KeyValuePair<string, object?>("error", NameOf(error)));

    private static readonly KeyValuePair<string, object?> Unknown = new("error", "UNKNOWN");

    public static KeyValuePair<string, object?> Of(ErrorCode error) => Labels.GetValueOrDefault(error, Unknown);

    /// <summary>What access was denied to; <see langword="null"/> where the error is another one.</summary>
    public static string? DeniedResource(ErrorCode error) => error switch
    {
        ErrorCode.TopicAuthorizationFailed => "topic",
        ErrorCode.GroupAuthorizationFailed => "group",
        ErrorCode.ClusterAuthorizationFailed => "cluster",
        ErrorCode.TransactionalIdAuthorizationFailed => "transactional_id",
        ErrorCode.DelegationTokenAuthorizationFailed => "delegation_token",
        _ => null,
    };

    private static string NameOf(ErrorCode error) => SnakeCase.Of(error.ToString()).ToUpperInvariant();
}
