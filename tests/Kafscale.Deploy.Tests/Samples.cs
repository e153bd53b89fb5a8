using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>The resources in <c>deploy/samples</c>.</summary>
internal static class Samples
{
    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Manifest> All { get; } =
    [
        .. Directory.EnumerateFiles(RepositoryRoot.File("deploy", "samples"), "*.yaml", Below).Order(StringComparer.Ordinal)
            .SelectMany(file => Manifest.ParseAll(File.ReadAllText(file))),
    ];
}
