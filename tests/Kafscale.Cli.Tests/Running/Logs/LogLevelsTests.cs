using Kafscale.Cli.Running.Logs;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Tests.Running.Logs;

public sealed class LogLevelsTests
{
    private readonly LogLevels _levels = new(LogLevel.Information);

    [Fact]
    public void What_is_below_the_level_is_left_out()
    {
        Assert.True(_levels.IsEnabled("Kafscale.Broker.BrokerNode", LogLevel.Information));
        Assert.False(_levels.IsEnabled("Kafscale.Broker.BrokerNode", LogLevel.Debug));
        _levels.Level = LogLevel.Debug;
        Assert.True(_levels.IsEnabled("Kafscale.Broker.BrokerNode", LogLevel.Debug));
    }

    [Fact]
    public void The_longest_name_that_a_category_begins_with_decides()
    {
        Assert.True(_levels.TrySet("Kafscale.Broker", LogLevel.Error));
        Assert.True(_levels.TrySet("Kafscale.Broker.Groups", LogLevel.Trace));
        Assert.True(_levels.IsEnabled("Kafscale.Broker.Groups.GroupWriter", LogLevel.Trace));
        Assert.False(_levels.IsEnabled("Kafscale.Broker.BrokerNode", LogLevel.Warning));
        Assert.True(_levels.IsEnabled("Kafscale.Cli", LogLevel.Information));
    }

    [Fact]
    public void The_web_server_speaks_of_warnings_only_unless_it_is_asked_to_say_more()
    {
        Assert.False(_levels.IsEnabled("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information));
        Assert.True(_levels.IsEnabled("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning));
        Assert.False(_levels.IsEnabled("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical));
        Assert.True(_levels.TrySet("Microsoft.AspNetCore", LogLevel.Debug));
        Assert.True(_levels.IsEnabled("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Debug));
    }

    [Fact]
    public void The_number_of_categories_is_bounded_and_a_reset_makes_room()
    {
        for (var i = 0; i < LogLevels.MaxCategories; i++)
        {
            Assert.True(_levels.TrySet($"c{i}", LogLevel.Debug));
        }

        Assert.False(_levels.TrySet("one-more", LogLevel.Debug));
        Assert.True(_levels.TrySet("c1", LogLevel.Trace));
        _levels.Reset();
        Assert.Empty(_levels.Categories);
        Assert.Equal(LogLevel.Information, _levels.Level);
    }
}
