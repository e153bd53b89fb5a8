using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>The custom resource definitions in <c>deploy/crds</c>.</summary>
internal static class Definitions
{
    /// <summary>Where they are.</summary>
    public static string Folder { get; } = RepositoryRoot.File("deploy", "crds");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Manifest> All { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.yaml").Order(StringComparer.Ordinal).SelectMany(file => Manifest.ParseAll(File.ReadAllText(file)))];
}
