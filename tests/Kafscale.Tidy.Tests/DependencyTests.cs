using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kafscale.Tidy.Tests;

public sealed partial class DependencyTests
{
    // Cli -> Console, Operator, Broker -> Metadata, Storage -> Protocol; Storage and Metadata do not know each other.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kafscale.Protocol.Generator"] = [],
        ["Kafscale.Protocol"] = ["Kafscale.Protocol.Generator"],
        ["Kafscale.Storage"] = ["Kafscale.Protocol"],
        ["Kafscale.Metadata"] = ["Kafscale.Protocol"],
        ["Kafscale.Broker"] = ["Kafscale.Metadata", "Kafscale.Storage", "Kafscale.Protocol"],
        ["Kafscale.Operator"] = ["Kafscale.Metadata", "Kafscale.Storage", "Kafscale.Clients"],
        ["Kafscale.Clients"] = [],
        ["Kafscale.Console"] = ["Kafscale.Clients"],
        ["Kafscale.Cli"] = ["Kafscale.Broker", "Kafscale.Clients", "Kafscale.Console", "Kafscale.Operator"],
    };

    [Fact]
    public void Projects_depend_on_each_other_in_one_direction()
    {
        var wrong =
            from project in Projects("src")
            let name = Path.GetFileNameWithoutExtension(project)
            from reference in References(project)
            where !Allowed.TryGetValue(name, out var allowed) || !allowed.Contains(reference)
            select $"{name} -> {reference}";

        Breaches.AssertNone(wrong);
    }

    [Theory]
    [InlineData("src/Kafscale.Storage", "Kafscale.Metadata")]
    [InlineData("src/Kafscale.Metadata", "Kafscale.Storage")]
    [InlineData("src/Kafscale.Protocol", "Kafscale.Storage")]
    [InlineData("src/Kafscale.Protocol", "Kafscale.Metadata")]
    [InlineData("src/Kafscale.Protocol", "Kafscale.Broker")]
    public void Not_even_a_name_is_known_across(string folder, string unknown)
    {
        var users = RepositoryFiles.CSharp(folder)
            .Where(file => RepositoryFiles.Read(file).Contains($"using {unknown}", StringComparison.Ordinal));

        Breaches.AssertNone(users);
    }

    [Fact]
    public void Protocol_has_no_sockets_and_no_tasks()
    {
        var wrong = RepositoryFiles.CSharp("src/Kafscale.Protocol")
            .Where(file => SocketsOrTasks().IsMatch(RepositoryFiles.Read(file)));

        Breaches.AssertNone(wrong);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = XDocument.Parse(RepositoryFiles.Read("Kafscale.slnx"))
            .Descendants("Project").Select(project => (string)project.Attribute("Path")!);

        Assert.Equal(Projects("src").Concat(Projects("tests")).Concat(Projects("bench")).Order(), solution.Order());
    }

    [Fact]
    public void Versions_of_packages_are_in_one_file()
    {
        var wrong =
            from project in Projects("src").Concat(Projects("tests")).Concat(Projects("bench"))
            from package in XDocument.Parse(RepositoryFiles.Read(project)).Descendants("PackageReference")
            where package.Attribute("Version") is not null
            select $"{project}: {package.Attribute("Include")?.Value}";

        Breaches.AssertNone(wrong);
    }

    private static IEnumerable<string> Projects(string folder) => RepositoryFiles.All.Where(file =>
        file.StartsWith(folder + "/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal));

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(RepositoryFiles.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

    [GeneratedRegex(@"using System\.Net\.Sockets|using System\.IO\.Pipelines|\bTask<|\bValueTask\b|\bawait\b")]
    private static partial Regex SocketsOrTasks();
}
