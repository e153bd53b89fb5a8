using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class DurableFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_many_who_publish_under_one_name_at_the_same_moment_exactly_one_succeeds()
    {
        const int Writers = 4;
        const int Rounds = 1000;
        var wins = new int[Rounds];
        using var start = new Barrier(Writers);
        var threads = Enumerable.Range(0, Writers).Select(writer => new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var temporaryPath = PathOf($"{writer}.tmp");
                File.WriteAllText(temporaryPath, $"{writer}");
                start.SignalAndWait();
                if (DurableFiles.TryPublishNew(temporaryPath, PathOf($"{round}")))
                    Interlocked.Increment(ref wins[round]);
                else
                    File.Delete(temporaryPath);
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.All(wins, count => Assert.Equal(1, count));
    }

    [Fact]
    public void A_published_file_has_left_its_temporary_name()
    {
        File.WriteAllText(PathOf("temporary"), "content");
        Assert.True(DurableFiles.TryPublishNew(PathOf("temporary"), PathOf("published")));
        Assert.False(File.Exists(PathOf("temporary")));
        Assert.Equal("content", File.ReadAllText(PathOf("published")));
    }

    [Fact]
    public void Publishing_into_a_missing_folder_says_so()
    {
        File.WriteAllText(PathOf("temporary"), "content");
        Assert.Throws<DirectoryNotFoundException>(() => DurableFiles.TryPublishNew(PathOf("temporary"), PathOf("missing/published")));
        Assert.True(File.Exists(PathOf("temporary")));
    }

    [Fact]
    public void A_missing_folder_cannot_be_flushed() =>
        Assert.Throws<DirectoryNotFoundException>(() => DurableFiles.FlushFolder(PathOf("missing")));

    [Fact]
    public void A_folder_that_somebody_removes_while_it_is_created_is_no_error()
    {
        const int Rounds = 5000;
        var removals = new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                try
                {
                    Directory.Delete(PathOf("contended"));
                }
                catch (DirectoryNotFoundException)
                {
                }
            }
        });
        removals.Start();
        for (var round = 0; round < Rounds; round++)
            DurableFiles.CreateFolder(PathOf("contended"));
        removals.Join();
    }

    [Fact]
    public void A_file_in_the_place_of_a_folder_is_named()
    {
        File.WriteAllText(PathOf("occupied"), "");
        var exception = Assert.Throws<IOException>(() => DurableFiles.CreateFolder(PathOf("occupied")));
        Assert.Contains(PathOf("occupied"), exception.Message, StringComparison.Ordinal);
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, name);
}
