using Kafscale.Cli.Configuration;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class SettingsReferenceTests
{
    [Fact]
    public void The_page_in_docs_is_current() =>
        Assert.True(
            SettingsReference.Markdown() == File.ReadAllText(RepositoryRoot.File("docs", "configuration.md")),
            "docs/configuration.md differs from the settings; './kafscale settings > docs/configuration.md' makes it anew.");
}
