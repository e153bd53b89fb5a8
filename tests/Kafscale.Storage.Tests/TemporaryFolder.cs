namespace Kafscale.Storage.Tests;

/// <summary>An empty folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kafscale-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
