namespace Kafscale.Broker.Partitions;

/// <summary>How long idle idempotent producers are remembered (<c>producer.id.expiration.ms</c>).</summary>
internal sealed class ProducerExpiration(TimeSpan time, TimeProvider timeProvider)
{
    /// <summary>Who was heard of last before this is forgotten; Unix milliseconds.</summary>
    public long OldestMs => (timeProvider.GetUtcNow() - time).ToUnixTimeMilliseconds();
}
