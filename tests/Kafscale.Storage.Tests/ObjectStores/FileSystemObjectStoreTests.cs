using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class FileSystemObjectStoreTests : ObjectStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<FileSystemObjectStore> _opened = [];

    private string Root => Path.Combine(_folder.Path, "objects");

    [Fact]
    public async Task Objects_survive_reopening()
    {
        await PutAsync("default/orders/0/segment-7.kfs", [1, 2, 3]);
        var reopened = await OpenAnotherAsync();
        var body = new byte[10];
        Assert.Equal(3, await reopened.ReadAsync("default/orders/0/segment-7.kfs", 0, body, Cancellation));
    }

    [Fact]
    public async Task A_published_key_is_its_path()
    {
        await PutAsync("default/orders/0/segment-7.kfs", [1, 2, 3]);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(Root, "default", "orders", "0", "segment-7.kfs"), Cancellation));
    }

    [Fact]
    public async Task Of_conditional_puts_through_several_stores_on_one_folder_exactly_one_wins()
    {
        IObjectStore[] stores = [Store, await OpenAnotherAsync(), await OpenAnotherAsync()];
        for (var round = 0; round < 20; round++)
        {
            var key = $"race/{round}";
            var attempts = await Task.WhenAll(Enumerable.Range(0, 9).Select(writer => Task.Run(async () =>
            {
                try
                {
                    await stores[writer % 3].PutAsync(key, Bodies.Whole([(byte)writer]), PutCondition.IfNoneMatch, Cancellation);
                    return writer;
                }
                catch (ObjectAlreadyExistsException)
                {
                    return -1;
                }
            })));
            var winner = Assert.Single(attempts, writer => writer >= 0);
            Assert.Equal([(byte)winner], await ReadWholeAsync(key));
        }
    }

    [Fact]
    public async Task Deletes_through_another_store_on_the_folder_do_not_break_puts()
    {
        var another = await OpenAnotherAsync();
        await Task.WhenAll(
            Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    await PutAsync("shared/deep/first", [1]);
                    Assert.NotNull(await another.HeadAsync("shared/deep/first", Cancellation));
                    await DeleteAsync("shared/deep/first");
                }
            }),
            Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    await another.PutAsync("shared/deep/second", Bodies.Whole([1]), PutCondition.IfNoneMatch, Cancellation);
                    Assert.NotNull(await Store.HeadAsync("shared/deep/second", Cancellation));
                    await another.DeleteAsync(["shared/deep/second"], Cancellation);
                }
            }));
    }

    [Fact]
    public async Task Folders_that_a_delete_leaves_empty_are_removed()
    {
        await PutAsync("one/two/three/object", [1]);
        await PutAsync("one/other", [1]);
        await DeleteAsync("one/two/three/object");
        Assert.False(Directory.Exists(Path.Combine(Root, "one", "two")));
        await DeleteAsync("one/other");
        Assert.False(Directory.Exists(Path.Combine(Root, "one")));
        Assert.True(Directory.Exists(Root));
    }

    [Fact]
    public async Task What_a_crashed_writer_left_is_never_listed_and_is_removed_at_the_next_opening()
    {
        await PutAsync("whole", [1]);
        var abandonedFolder = Path.Combine(Root, "~staging", "77");
        Directory.CreateDirectory(abandonedFolder);
        var leftover = Path.Combine(abandonedFolder, "5.tmp");
        await File.WriteAllBytesAsync(leftover, [1, 2], Cancellation);
        Assert.Equal(["whole"], await ListKeysAsync("", null));
        Assert.Empty(await ListKeysAsync("~", null));

        await OpenAnotherAsync();
        Assert.False(File.Exists(leftover));
    }

    [Fact]
    public async Task Opening_leaves_the_unfinished_files_of_a_living_writer_alone()
    {
        var unfinished = Path.Combine(Root, "~staging", "1", "99.tmp");
        await File.WriteAllBytesAsync(unfinished, [1], Cancellation);
        await OpenAnotherAsync();
        Assert.True(File.Exists(unfinished));
        _opened[0].Dispose();
        await OpenAnotherAsync();
        Assert.False(File.Exists(unfinished));
    }

    [Fact]
    public async Task Stores_that_open_one_folder_at_once_get_staging_folders_of_their_own()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(OpenAnotherAsync)));
        Assert.Equal(7, Directory.GetDirectories(Path.Combine(Root, "~staging")).Length);
    }

    [Fact]
    public async Task A_put_leaves_no_temporary_file_whether_it_wins_or_loses_or_fails()
    {
        await PutAsync("object", [1], PutCondition.IfNoneMatch);
        await Assert.ThrowsAsync<ObjectAlreadyExistsException>(async () => await PutAsync("object", [1], PutCondition.IfNoneMatch));
        await File.WriteAllTextAsync(Path.Combine(Root, "blocked"), "a file where a folder belongs", Cancellation);
        await Assert.ThrowsAsync<IOException>(async () => await PutAsync("blocked/object", [1]));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Root, "~staging"), "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_failed_put_names_the_key_and_the_file()
    {
        await File.WriteAllTextAsync(Path.Combine(Root, "blocked"), "a file where a folder belongs", Cancellation);
        var exception = await Assert.ThrowsAsync<IOException>(async () => await PutAsync("blocked/object", [1]));
        Assert.Contains("'blocked/object'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(Root, "blocked", "object~"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_created_fails_the_opening_by_name()
    {
        var path = Path.Combine(_folder.Path, "occupied");
        await File.WriteAllTextAsync(path, "a file", Cancellation);
        var exception = await Assert.ThrowsAsync<IOException>(
            async () => await FileSystemObjectStore.OpenAsync(path, TimeProvider.System, Cancellation));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_no_objects_are_not_listed()
    {
        await PutAsync("object", [1]);
        Directory.CreateDirectory(Path.Combine(Root, "lost+found"));
        await File.WriteAllTextAsync(Path.Combine(Root, "no dot and blanks"), "", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(Root, "nodot"), "", Cancellation);
        Directory.CreateSymbolicLink(Path.Combine(Root, "circle"), Root);
        Assert.Equal(["object"], await ListKeysAsync("", null));
    }

    protected override async ValueTask<IObjectStore> OpenAsync() => await OpenAnotherAsync();

    protected override ValueTask CloseAsync()
    {
        foreach (var store in _opened)
            store.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<FileSystemObjectStore> OpenAnotherAsync()
    {
        var store = await FileSystemObjectStore.OpenAsync(Root, TimeProvider.System, Cancellation);
        lock (_opened)
            _opened.Add(store);
        return store;
    }
}
