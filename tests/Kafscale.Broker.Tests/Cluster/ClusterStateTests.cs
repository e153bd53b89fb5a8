using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Fetching;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Cluster;

public sealed class ClusterStateTests
{
    private readonly MetadataKeys _keys = new("/test");
    private readonly ClusterState _cluster;

    public ClusterStateTests()
    {
        _cluster = new ClusterState(_keys, new ObjectKeys("test"), new TopicConfiguration(), NullLogger<ClusterState>.Instance);
    }

    [Fact]
    public void What_is_found_while_several_brokers_leave_at_once_is_not_kept()
    {
        _cluster.Apply([.. Enumerable.Range(1, 3).Select(id => Session(id, "there"))], 3);
        var preferred = new PreferredReadReplicas(_cluster, "here");
        Assert.Equal([1, 2, 3], preferred.Find("there"));
        _cluster.BrokerLeft += _ => preferred.Find("there");

        // As a broker learns of it that was cut off from the metadata store: all in one revision.
        _cluster.Apply([.. Enumerable.Range(1, 3).Select(id => new MetadataChange(_keys.Session(id), 4, null))], 4);

        Assert.Null(preferred.Find("there"));
    }

    private MetadataChange Session(int brokerId, string rack)
    {
        var record = new SessionRecord { BrokerId = brokerId, Host = "localhost", Port = 9092, Rack = rack };
        return new MetadataChange(_keys.Session(brokerId), brokerId, new MetadataEntry(_keys.Session(brokerId), record.ToByteArray(), brokerId, brokerId, 0));
    }
}
