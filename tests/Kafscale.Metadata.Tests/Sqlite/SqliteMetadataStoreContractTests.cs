using Kafscale.Metadata.Sqlite;
using Kafscale.Metadata.Tests.Contract;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Metadata.Tests.Sqlite;

public sealed class SqliteMetadataStoreContractTests : MetadataStoreContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override ValueTask<IMetadataStore> OpenStoreAsync() =>
        new(SqliteMetadataStore.Open(new(_folder.File("metadata.db")), _time));

    protected override ValueTask PassTimeAsync(TimeSpan time)
    {
        _time.Advance(time);
        return default;
    }
}
