using Kafscale.Operator.Brokers;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Topics;

namespace Kafscale.Operator;

/// <summary>What the operator talks to besides the API server.</summary>
internal sealed record OperatorOutside(IBrokerAdministration Brokers, IEtcdAdministration Etcd, IBuckets Buckets, ITopicAdministration Topics) : IDisposable
{
    /// <summary>The real things.</summary>
    public static OperatorOutside Create(TimeProvider timeProvider, Random random) => new(
        new BrokerAdministration(timeProvider), new EtcdAdministration(timeProvider, random), new S3Buckets(timeProvider), new TopicAdministration(timeProvider));

    public void Dispose()
    {
        (Brokers as IDisposable)?.Dispose();
        (Topics as IDisposable)?.Dispose();
    }
}
