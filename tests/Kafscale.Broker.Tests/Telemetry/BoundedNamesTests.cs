using Kafscale.Broker.Telemetry;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class BoundedNamesTests
{
    [Fact]
    public void The_first_names_have_series_of_their_own_and_keep_them()
    {
        var names = new BoundedNames(2);
        Assert.True(names.IsOwn("b"));
        Assert.True(names.IsOwn("c"));
        Assert.False(names.IsOwn("a"));
        Assert.True(names.IsOwn("b"));
    }

    [Fact]
    public void A_name_that_is_gone_makes_room()
    {
        var names = new BoundedNames(1);
        Assert.True(names.IsOwn("a"));
        names.Keep(new HashSet<string> { "b" });
        Assert.True(names.IsOwn("b"));
        Assert.False(names.IsOwn("a"));
    }
}
