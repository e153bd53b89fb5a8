using Kafscale.Cli.Configuration;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class EventsReferenceTests
{
    [Fact]
    public void The_page_in_docs_is_current() =>
        Assert.True(
            EventsReference.Markdown() == File.ReadAllText(RepositoryRoot.File("docs", "events.md")),
            "docs/events.md differs from the log messages; './kafscale events > docs/events.md' makes it anew.");

    [Fact]
    public void Every_event_has_a_number_of_its_own()
    {
        Assert.NotEmpty(EventsReference.Events);
        Assert.All(EventsReference.Events.GroupBy(one => one.Id), events => Assert.Single(events));
        Assert.All(EventsReference.Events, one => Assert.InRange(one.Id, 1_000, 2_999));
    }
}
