using CsCheck;

namespace Kafscale.Metadata.Tests.Contract;

public abstract partial class MetadataStoreContract
{
    private static readonly string[] ModelKeys = ["a", "a/1", "a/2", "b", "b/1", "c"];

    private static readonly Gen<string> AnyKey = Gen.Int[0, ModelKeys.Length - 1].Select(i => ModelKeys[i]);

    private int _models;

    /// <summary>How many random histories the store is put through.</summary>
    protected virtual int ModelIterations => 50;

    [Fact]
    public async Task Random_transactions_do_what_a_plain_dictionary_would()
    {
        // Puts of distinct keys, then deletes and reads of others, so that no branch changes a key twice.
        var transaction =
            from condition in Gen.Int[0, 3]
            from key in AnyKey
            from puts in AnyKey.Array[0, 3]
            from value in Gen.String[Gen.Char['a', 'z'], 0, 3]
            from delete in AnyKey
            from deletes in Gen.Bool
            select (condition, key, puts: puts.Distinct().ToArray(), value, delete, deletes);

        await transaction.Array[1, 30].SampleAsync(
            async transactions =>
            {
                var folder = $"model/{Interlocked.Increment(ref _models)}/";
                var model = new SortedDictionary<string, (string Value, long Created, long Changed)>(StringComparer.Ordinal);
                var start = await RevisionAsync();
                var revision = start;
                var states = new List<(long Revision, string State)>();
                var changes = new List<string>();
                foreach (var (condition, key, puts, value, delete, deletes) in transactions)
                {
                    var exists = model.TryGetValue(key, out var current);
                    var (comparison, holds) = condition switch
                    {
                        0 => (Comparison.Missing(Key(folder + key)), !exists),
                        1 => (Comparison.ModRevision(Key(folder + key), start + 1), exists && current.Changed == start + 1),
                        2 => (Comparison.CreateRevision(Key(folder + key), current.Created), true),
                        _ => (Comparison.ValueEquals(Key(folder + key), Bytes(value)), exists && current.Value == value),
                    };
                    Operation[] puttings = [.. puts.Select(put => Put(folder + put, value))];
                    Operation[] deletings = deletes ? [new Operation.Delete(KeyRange.Prefix(Key(folder + delete)))] : [];

                    var result = await Store.CommitAsync(
                        new() { Comparisons = [comparison], Then = puttings, Else = deletings }, Token);

                    Assert.Equal(holds, result.Succeeded);
                    string[] deleted = !holds && deletes ? [.. model.Keys.Where(name => name.StartsWith(delete, StringComparison.Ordinal))] : [];
                    string[] put = holds ? puts : [];
                    revision += deleted.Length + put.Length > 0 ? 1 : 0;
                    foreach (var name in put)
                    {
                        model[name] = (value, model.TryGetValue(name, out var before) ? before.Created : revision, revision);
                        changes.Add($"{revision} {folder}{name}={value}");
                    }

                    foreach (var name in deleted)
                    {
                        model.Remove(name);
                        changes.Add($"{revision} -{folder}{name}");
                    }

                    Assert.Equal(revision, result.Revision);
                    states.Add((revision, string.Join(' ', model.Select(entry => $"{folder}{entry.Key} {entry.Value}"))));
                }

                foreach (var (at, state) in states)
                {
                    var read = await Store.RangeAsync(KeyRange.Prefix(Key(folder)), 0, at, Token);
                    Assert.Equal(state, string.Join(' ', read.Entries.Select(
                        entry => $"{entry.Key[Root.Length..]} {(Text(entry), entry.CreateRevision, entry.ModRevision)}")));
                }

                var watched = changes.Count == 0 ? [] : await WatchAsync(start + 1, changes.Count, Key(folder));
                Assert.Equal(changes, watched.SelectMany(batch => batch.Changes).Select(change => $"{change.Revision} {Describe(change)}"));
            },
            iter: ModelIterations,
            threads: 1);
    }
}
