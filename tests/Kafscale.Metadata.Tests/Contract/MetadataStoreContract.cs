using System.Text;

namespace Kafscale.Metadata.Tests.Contract;

/// <summary>
/// What every metadata store must do. A store's tests derive from this class; they may run against a store that others
/// use as well, because every test keeps to keys under its own <see cref="Root"/>, but nobody else may write meanwhile.
/// </summary>
public abstract partial class MetadataStoreContract : IAsyncLifetime
{
    private static int _tests;

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(1));
    private readonly List<long> _leases = [];

    /// <summary>The store under test.</summary>
    protected IMetadataStore Store { get; private set; } = null!;

    /// <summary>What all keys of one test begin with.</summary>
    protected string Root { get; } = $"contract/{Environment.ProcessId}/{Interlocked.Increment(ref _tests)}/";

    /// <summary>Ends a test that hangs.</summary>
    protected CancellationToken Token => _timeout.Token;

    /// <summary>Opens the store under test; once per test.</summary>
    protected abstract ValueTask<IMetadataStore> OpenStoreAsync();

    /// <summary>Lets time pass for the store; at least this much.</summary>
    protected abstract ValueTask PassTimeAsync(TimeSpan time);

    public virtual async ValueTask InitializeAsync() => Store = await OpenStoreAsync();

    public virtual async ValueTask DisposeAsync()
    {
        // One that runs out later would make a revision in the midst of another test.
        foreach (var lease in _leases)
        {
            await Store.RevokeLeaseAsync(lease, Token);
        }

        await Store.DisposeAsync();
        _timeout.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(MetadataEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    protected string Key(string name) => Root + name;

    protected KeyRange All => KeyRange.Prefix(Root);

    protected Operation.Put Put(string name, string value = "", long leaseId = 0) => new(Key(name), Bytes(value), leaseId);

    protected Operation.Delete Delete(string name) => new(KeyRange.Key(Key(name)));

    protected Operation.Get Get(string name) => new(KeyRange.Key(Key(name)));

    /// <summary>Applies operations unconditionally.</summary>
    protected ValueTask<TransactionResult> ApplyAsync(params Operation[] operations) =>
        Store.CommitAsync(new() { Then = operations }, Token);

    protected async Task<long> PutAsync(string name, string value = "", long leaseId = 0) =>
        (await ApplyAsync(Put(name, value, leaseId))).Revision;

    /// <summary>Grants a lease that ends with the test.</summary>
    protected async ValueTask<long> GrantAsync(TimeSpan timeToLive)
    {
        var lease = await Store.GrantLeaseAsync(timeToLive, Token);
        _leases.Add(lease);
        return lease;
    }

    protected async Task<long> DeleteAsync(string name) => (await ApplyAsync(Delete(name))).Revision;

    protected async Task<MetadataEntry?> FindAsync(string name) =>
        (await Store.RangeAsync(KeyRange.Key(Key(name)), 0, 0, Token)).Entries.SingleOrDefault();

    protected async Task<string[]> NamesAsync(long revision = 0) =>
        Names(await Store.RangeAsync(All, 0, revision, Token));

    protected string[] Names(RangeResult result) => [.. result.Entries.Select(entry => entry.Key[Root.Length..])];

    protected async Task<long> RevisionAsync() => (await Store.RangeAsync(All, 0, 0, Token)).Revision;

    /// <summary>Whether a transaction with one comparison takes its first branch.</summary>
    protected async Task<bool> HoldsAsync(Comparison comparison) =>
        (await Store.CommitAsync(new() { Comparisons = [comparison] }, Token)).Succeeded;

    /// <summary>Watches until so many changes have come; the batches that hold none are left out.</summary>
    protected async Task<List<WatchBatch>> WatchAsync(long fromRevision, int changes, string? prefix = null)
    {
        var batches = new List<WatchBatch>();
        await foreach (var batch in Store.WatchAsync(prefix ?? Root, fromRevision, Token))
        {
            if (batch.Changes.Count > 0)
            {
                batches.Add(batch);
            }

            if (batches.Sum(seen => seen.Changes.Count) >= changes)
            {
                break;
            }
        }

        return batches;
    }

    protected string Describe(MetadataChange change) =>
        change.Entry is null ? $"-{change.Key[Root.Length..]}" : $"{change.Key[Root.Length..]}={Text(change.Entry)}";

    protected string[] Describe(IEnumerable<WatchBatch> batches) => [.. batches.SelectMany(batch => batch.Changes).Select(Describe)];
}
