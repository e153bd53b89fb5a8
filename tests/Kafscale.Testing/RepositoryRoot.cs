namespace Kafscale.Testing;

/// <summary>Where the clone is that the running tests were built from.</summary>
public static class RepositoryRoot
{
    /// <summary>The absolute path of the folder that holds the solution.</summary>
    public static string Path { get; } = Find();

    /// <summary>The absolute path of a file or folder of the repository.</summary>
    public static string File(params ReadOnlySpan<string> relativePath) =>
        System.IO.Path.Combine([Path, .. relativePath]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Kafscale.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} does not lie in a clone of Kafscale.");
    }
}
