using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>The Kustomize folders, built by <c>kubectl kustomize</c>.</summary>
internal static class Kustomize
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Where they are.</summary>
    public static string Folder { get; } = RepositoryRoot.File("deploy", "kustomize");

    /// <summary>The objects that a folder of them comes to.</summary>
    public static Task<IReadOnlyList<Manifest>> BuildAsync(string name) => BuildFolderAsync(Path.Combine(Folder, name));

    /// <summary>The objects that any folder comes to.</summary>
    public static async Task<IReadOnlyList<Manifest>> BuildFolderAsync(string folder)
    {
        var (exitCode, output) = await RunningProcess.RunAsync("kubectl", ["kustomize", folder], Patience);
        Assert.True(exitCode == 0, output);
        return Manifest.ParseAll(output);
    }
}
