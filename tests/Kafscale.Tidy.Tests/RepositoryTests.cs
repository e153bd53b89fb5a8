using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Kafscale.Tidy.Tests;

public sealed partial class RepositoryTests
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Scripts_can_be_executed()
    {
        var scripts = RepositoryFiles.All.Where(file => Shebang().IsMatch(FirstLine(file)));
        Assert.Contains("kafscale", scripts);
        Assert.Contains("test", scripts);
        Assert.Contains(".ci/run", scripts);

        var wrong = scripts.Where(file => !File.GetUnixFileMode(RepositoryFiles.FullPath(file)).HasFlag(UnixFileMode.UserExecute));
        Breaches.AssertNone(wrong);
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        var broken =
            from page in RepositoryFiles.All
            where page.EndsWith(".md", StringComparison.Ordinal)
            from Match link in Link().Matches(RepositoryFiles.Read(page))
            let target = link.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#')
            let path = Path.Combine(Path.GetDirectoryName(RepositoryFiles.FullPath(page))!, target.Split('#')[0])
            where !Path.Exists(path)
            select $"{page}: {target}";

        Breaches.AssertNone(broken);
    }

    [Fact]
    public void Every_page_of_docs_is_in_its_index()
    {
        var index = RepositoryFiles.Read("docs/README.md");
        var missing = RepositoryFiles.All
            .Where(file => file.StartsWith("docs/", StringComparison.Ordinal) && file.EndsWith(".md", StringComparison.Ordinal))
            .Select(file => file["docs/".Length..])
            .Where(page => page != "README.md" && !index.Contains($"({page})", StringComparison.Ordinal));

        Breaches.AssertNone(missing);
    }

    [Fact]
    public void Every_test_that_the_page_of_known_faults_names_exists()
    {
        var tests = string.Concat(RepositoryFiles.CSharp("tests").Select(RepositoryFiles.Read));
        var named = TestName().Matches(RepositoryFiles.Read("docs/known-faults.md")).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(named);
        Breaches.AssertNone(named.Where(name => !tests.Contains($" {name}(", StringComparison.Ordinal)));
    }

    [Fact]
    public void Lock_files_name_no_registry()
    {
        var locks = RepositoryFiles.All.Where(file => Path.GetFileName(file) == "package-lock.json");

        Assert.NotEmpty(locks);
        Assert.All(locks, file => Assert.DoesNotContain("\"resolved\"", RepositoryFiles.Read(file), StringComparison.Ordinal));
    }

    private static string FirstLine(string file) => RepositoryFiles.ReadLines(file).Select(line => line.Text).FirstOrDefault("");

    [GeneratedRegex("`([A-Z][a-z]*_[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();

    [GeneratedRegex("^#!")]
    private static partial Regex Shebang();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
