using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>A broker whose members of the consumer protocol report often, so that what takes some heartbeats is soon done.</summary>
public sealed class ConsumerProtocolFixture : BrokerFixture
{
    /// <inheritdoc/>
    protected override Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartDevAsync(
        [
            "--group-consumer-heartbeat-interval-ms", "200", "--group-consumer-min-heartbeat-interval-ms", "200",
            "--group-consumer-session-timeout-ms", "6000", "--group-consumer-min-session-timeout-ms", "6000",
        ]);
}
