using Kafscale.Broker.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class MetadataWatchLagTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MetadataWatchLag _lag;

    public MetadataWatchLagTests() => _lag = new MetadataWatchLag(_time);

    [Fact]
    public void There_is_none_where_nothing_was_committed_or_all_of_it_has_come()
    {
        Assert.Equal(TimeSpan.Zero, _lag.Measure(applied: 0));
        _lag.OnCommitted(revision: 5, applied: 5);
        Assert.Equal(TimeSpan.Zero, _lag.Measure(applied: 5));
    }

    [Fact]
    public void It_grows_from_the_commit_until_the_watch_brings_it()
    {
        _lag.OnCommitted(revision: 5, applied: 4);
        _time.Advance(TimeSpan.FromSeconds(2));
        _lag.OnCommitted(revision: 6, applied: 4);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(3), _lag.Measure(applied: 4));
        Assert.Equal(TimeSpan.Zero, _lag.Measure(applied: 5));
    }

    [Fact]
    public void The_next_commit_is_followed_once_the_last_one_has_come()
    {
        _lag.OnCommitted(revision: 5, applied: 4);
        _time.Advance(TimeSpan.FromSeconds(2));
        _lag.OnCommitted(revision: 7, applied: 5);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), _lag.Measure(applied: 6));
    }
}
