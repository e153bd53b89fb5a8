using Kafscale.Cli.Running;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Running;

public sealed class StoreLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_store_has_one_holder_at_a_time()
    {
        var store = _folder.File("data/objects");
        var held = StoreLock.Take(store);

        var failure = Assert.Throws<StartFailedException>(() => StoreLock.Take(store));
        Assert.Contains("is in use by another Kafscale process", failure.Message, StringComparison.Ordinal);

        held.Dispose();
        StoreLock.Take(store).Dispose();
    }

    [Fact]
    public void Those_who_share_a_store_keep_others_off_it_and_are_kept_off_by_them()
    {
        var store = _folder.File("data/objects");
        using (StoreLock.Take(store, isShared: true))
        using (StoreLock.Take(store, isShared: true))
        {
            Assert.Throws<StartFailedException>(() => StoreLock.Take(store));
        }

        using var held = StoreLock.Take(store);
        Assert.Throws<StartFailedException>(() => StoreLock.Take(store, isShared: true));
    }

    [Fact]
    public void One_store_has_one_lock_however_its_path_is_written()
    {
        using var held = StoreLock.Take(_folder.File("data/objects"));

        Assert.Throws<StartFailedException>(() => StoreLock.Take(_folder.File("data/../data/objects/")));
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_named()
    {
        File.WriteAllText(_folder.File("file"), "");

        var failure = Assert.Throws<StartFailedException>(() => StoreLock.Take(_folder.File("file/objects")));
        Assert.Contains(_folder.File("file"), failure.Message, StringComparison.Ordinal);
    }
}
