namespace Kafscale.Broker.Groups;

/// <summary>What holds for one group of the consumer protocol.</summary>
/// <param name="ConsumerSessionTimeoutMs"><c>consumer.session.timeout.ms</c>: after what silence a member is gone.</param>
/// <param name="ConsumerHeartbeatIntervalMs"><c>consumer.heartbeat.interval.ms</c>: how often members report.</param>
internal readonly record struct GroupConfiguration(int ConsumerSessionTimeoutMs, int ConsumerHeartbeatIntervalMs);
