namespace Kafscale.Testing;

/// <summary>A new, empty folder that is removed with everything in it at disposal.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Creates the folder below the system's folder for temporary files.</summary>
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("kafscale-test-").FullName;

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

    /// <summary>The absolute path of something in the folder.</summary>
    public string File(string relativePath) => System.IO.Path.Combine(Path, relativePath);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
