using System.Text.RegularExpressions;

namespace Kafscale.Tidy.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 500;

    // The text of these rules would break them.
    private const string ThisFile = "tests/Kafscale.Tidy.Tests/SourceTests.cs";

    private static readonly string[] Folders = ["src", "tests", "bench"];

    [Fact]
    public void A_file_holds_one_type_and_is_named_for_it()
    {
        var wrong = new List<string>();
        foreach (var file in Folders.SelectMany(RepositoryFiles.CSharp))
        {
            var types = TypeDeclaration().Matches(RepositoryFiles.Read(file)).Select(match => match.Groups["name"].Value).Distinct().ToArray();
            var name = Path.GetFileNameWithoutExtension(file);
            if (types.Length > 1 || (types.Length == 1 && name != types[0] && !name.StartsWith(types[0] + ".", StringComparison.Ordinal)))
            {
                wrong.Add($"{file}: {string.Join(", ", types)}");
            }
        }

        Breaches.AssertNone(wrong);
    }

    [Fact]
    public void Files_are_short_enough_to_be_read()
    {
        var tooLong = Folders.SelectMany(RepositoryFiles.CSharp)
            .Select(file => (file, Lines: RepositoryFiles.ReadLines(file).Count()))
            .Where(file => file.Lines > MaxLines)
            .Select(file => $"{file.file}: {file.Lines} lines");

        Breaches.AssertNone(tooLong);
    }

    [Fact]
    public void Every_setting_is_used()
    {
        const string Configuration = "src/Kafscale.Broker/Configuration/";
        var users = string.Concat(RepositoryFiles.CSharp("src")
            .Where(file => !file.StartsWith(Configuration, StringComparison.Ordinal)).Select(RepositoryFiles.Read));
        var properties = RequiredProperty().Matches(RepositoryFiles.Read(Configuration + "BrokerConfiguration.cs"))
            .Select(property => property.Groups["name"].Value).ToArray();

        Assert.NotEmpty(properties);
        Breaches.AssertNone(properties.Where(name => !users.Contains($"onfiguration.{name}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_is_left_to_be_done() =>
        AssertNowhere(Unfinished(), RepositoryFiles.All.Where(file => file != ThisFile && !IsLockFile(file)));

    [Fact]
    public void No_path_of_somebodys_machine_is_in_the_repository() =>
        AssertNowhere(MachinePath(), RepositoryFiles.All.Where(file => file != ThisFile));

    // Task.Result and Task.Wait are banned symbols, because only the compiler can tell them from other members.
    [Fact]
    public void Nothing_blocks_on_a_task_or_drops_one() =>
        AssertNowhere(BlockingOrDropped(), RepositoryFiles.CSharp("src"));

    [Fact]
    public void Tests_wait_for_events_not_for_time() =>
        AssertNowhere(Sleeping(), RepositoryFiles.CSharp("tests").Where(file => file != ThisFile));

    private static bool IsLockFile(string file) => Path.GetFileName(file) == "package-lock.json";

    private static void AssertNowhere(Regex pattern, IEnumerable<string> files) => Breaches.AssertNone(
        from file in files
        from line in RepositoryFiles.ReadLines(file)
        where pattern.IsMatch(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}");

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe)\s+)*(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|delegate\s+[^(]*?)\s+(?<name>\w+)\s*(?:[<({:;]|where\b|$)",
        RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"public required \S+ (?<name>\w+) {")]
    private static partial Regex RequiredProperty();

    [GeneratedRegex(@"\b(?:TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(?:^|[^\w.])(?:/work/|/root/|/home/\w|/Users/\w|[A-Z]:\\Users)")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\basync void\b|\.GetAwaiter\(\)\.GetResult\(\)")]
    private static partial Regex BlockingOrDropped();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\((?:\d|TimeSpan)")]
    private static partial Regex Sleeping();
}
