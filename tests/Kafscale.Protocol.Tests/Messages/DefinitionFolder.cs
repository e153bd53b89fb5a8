using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>The definitions of the repository that the tests run in.</summary>
internal static class DefinitionFolder
{
    private const string SolutionFile = "Kafscale.slnx";

    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>All definition files, parsed and checked, in the order of their names.</summary>
    public static IReadOnlyList<DefinitionFile> Files { get; } = ParseAll();

    /// <summary>All messages by name.</summary>
    public static IReadOnlyDictionary<string, MessageDefinition> Messages { get; } =
        Files.SelectMany(file => file.Messages).ToDictionary(message => message.Name);

    public static IMessage Create(string name) =>
        (IMessage)Activator.CreateInstance(typeof(IMessage).Assembly.GetType($"Kafscale.Protocol.Messages.{name}", throwOnError: true)!)!;

    private static List<DefinitionFile> ParseAll()
    {
        string folder = Path.Combine(RepositoryRoot, "src", "Kafscale.Protocol", "Definitions");
        return Directory.EnumerateFiles(folder, "*.kafka")
            .Order(StringComparer.Ordinal)
            .Select(path => DefinitionParser.Parse(path, File.ReadAllText(path)))
            .ToList();
    }

    private static string FindRepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, SolutionFile)))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has {SolutionFile}.");
    }
}
