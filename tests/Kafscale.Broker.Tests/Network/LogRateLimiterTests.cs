using Kafscale.Broker.Network;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Network;

public sealed class LogRateLimiterTests
{
    [Fact]
    public void One_line_passes_per_interval_and_tells_how_many_did_not()
    {
        var time = new FakeTimeProvider();
        var limiter = new LogRateLimiter(time, TimeSpan.FromSeconds(1));

        Assert.True(limiter.TryEnter(out int suppressed));
        Assert.Equal(0, suppressed);
        Assert.False(limiter.TryEnter(out _));
        Assert.False(limiter.TryEnter(out _));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(limiter.TryEnter(out suppressed));
        Assert.Equal(2, suppressed);
    }
}
