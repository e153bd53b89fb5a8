using Kafscale.Cli.Configuration;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class MetricsReferenceTests
{
    [Fact]
    public void The_page_in_docs_is_current() =>
        Assert.True(
            MetricsReference.Markdown() == File.ReadAllText(RepositoryRoot.File("docs", "metrics.md")),
            "docs/metrics.md differs from the metrics; './kafscale metrics > docs/metrics.md' makes it anew.");
}
