using Kafscale.Testing;

namespace Kafscale.Tidy.Tests;

/// <summary>The files of the repository that people write, by their paths relative to its root.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] FoldersOfOthers = [".git", "artifacts", "bin", "data", "node_modules", "obj", "TestResults"];

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Below(RepositoryRoot.Path).Order(StringComparer.Ordinal)];

    /// <summary>The C# files below a folder.</summary>
    public static IEnumerable<string> CSharp(string folder) =>
        All.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>The text of a file.</summary>
    public static string Read(string file) => File.ReadAllText(FullPath(file));

    /// <summary>The lines of a file, with their numbers from 1.</summary>
    public static IEnumerable<(int Number, string Text)> ReadLines(string file) =>
        File.ReadLines(FullPath(file)).Select((text, index) => (index + 1, text));

    /// <summary>The absolute path of a file.</summary>
    public static string FullPath(string file) => Path.Combine(RepositoryRoot.Path, file);

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != ".git").Select(file => Path.GetRelativePath(RepositoryRoot.Path, file)).Concat(
            Directory.EnumerateDirectories(folder)
                .Where(child => !FoldersOfOthers.Contains(Path.GetFileName(child)) && new DirectoryInfo(child).LinkTarget is null)
                .SelectMany(Below));
}
