using System.Globalization;
using Kafscale.Metadata.Sqlite;

namespace Kafscale.Metadata.Workload;

/// <summary>
/// Commits until it is killed, and prints what was acknowledged: a line per transaction, "writer number". Every transaction
/// of a writer puts its number under two keys and a key of its own, and compares that the number before is still there.
/// </summary>
internal static class CommitWorkload
{
    private const int Writers = 8;

    public static async Task RunAsync(string file)
    {
        await using var store = SqliteMetadataStore.Open(new(file), TimeProvider.System);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromHours(1), default);
        await store.CommitAsync(new() { Then = [new Operation.Put("session", default, lease)] }, default);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(store, writer))));
    }

    private static async Task WriteAsync(SqliteMetadataStore store, int writer)
    {
        var last = Comparison.Missing($"first/{writer}");
        for (var number = 0; ; number++)
        {
            var value = BitConverter.GetBytes(number);
            var result = await store.CommitAsync(
                new()
                {
                    Comparisons = [last],
                    Then =
                    [
                        new Operation.Put($"first/{writer}", value),
                        new Operation.Put($"numbers/{writer}/{number:D9}", value),
                        new Operation.Put($"second/{writer}", value),
                    ],
                },
                default);
            if (!result.Succeeded)
            {
                throw new InvalidOperationException($"Writer {writer} lost number {number}.");
            }

            last = Comparison.ModRevision($"first/{writer}", result.Revision);

            // One write call per line: what the parent sees of it is whole.
            Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{writer} {number}\n"));
        }
    }
}
