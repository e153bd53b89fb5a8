namespace Kafscale.Broker.Tests.Crashes;

/// <summary>What clients do while brokers crash.</summary>
internal static class CrashStories
{
    public static readonly IReadOnlyDictionary<string, Func<CrashRun, Task>> All = new Dictionary<string, Func<CrashRun, Task>>
    {
        ["producing"] = ProduceAsync,
        ["rolling up"] = RollUpAsync,
        ["merging"] = MergeAsync,
        ["deleting records"] = DeleteRecordsAsync,
        ["retention"] = RetainAsync,
        ["deleting a topic"] = DeleteTopicAsync,
    };

    private static async Task ProduceAsync(CrashRun run)
    {
        await run.CreateTopicAsync("orders", 2, ("segment.bytes", "1048576"));
        await run.ProduceAsync("orders", 0, "a", "b");
        await Task.WhenAll(run.ProduceAsync("orders", 0, "c"), run.ProduceAsync("orders", 1, "d", "e"));
        await run.ProduceAsync("orders", 1, "f");
    }

    private static async Task RollUpAsync(CrashRun run)
    {
        await run.CreateTopicAsync("orders", 2, ("segment.bytes", "1048576"));
        await run.ProduceAsync("orders", 0, "a", "b");
        await Task.WhenAll(run.ProduceAsync("orders", 0, "c"), run.ProduceAsync("orders", 1, "d"));
        await run.UntilRolledUpAsync();
        await run.ProduceAsync("orders", 1, "e");
        await run.UntilRolledUpAsync();
        await run.ProduceAsync("orders", 0, "f");
        await run.UntilRolledUpAsync();
    }

    private static async Task MergeAsync(CrashRun run)
    {
        await run.CreateTopicAsync("orders", 1);
        await run.ProduceAsync("orders", 0, "a");
        await run.ProduceAsync("orders", 0, "b", "c");
        await run.UntilMergedAsync("orders", 0);
        await run.ProduceAsync("orders", 0, "d");
        await run.UntilMergedAsync("orders", 0);
        await run.UntilNothingElseIsStoredAsync();
    }

    private static async Task DeleteRecordsAsync(CrashRun run)
    {
        await run.CreateTopicAsync("orders", 1);
        await run.ProduceAsync("orders", 0, "a", "b");
        await run.UntilMergedAsync("orders", 0);
        await run.ProduceAsync("orders", 0, "c", "d", "e");
        await run.UntilMergedAsync("orders", 0);
        await run.DeleteRecordsAsync("orders", 0, 3);
        await run.UntilNothingElseIsStoredAsync();
        await run.ProduceAsync("orders", 0, "f");
        await run.DeleteRecordsAsync("orders", 0, 6);
        await run.UntilNothingElseIsStoredAsync();
    }

    private static async Task RetainAsync(CrashRun run)
    {
        await run.CreateTopicAsync("orders", 1, ("retention.bytes", "300"));
        run.AllowRetention("orders", 0, 4);
        for (var i = 0; i < 4; i++)
        {
            await run.ProduceAsync("orders", 0, $"{i}{new string('x', 130)}");
        }

        await run.UntilMergedAsync("orders", 0);
        await run.UntilAsync(broker => Task.FromResult(broker.Log("orders").LogStartOffset >= 2));
        await run.UntilNothingElseIsStoredAsync();
    }

    private static async Task DeleteTopicAsync(CrashRun run)
    {
        await run.CreateTopicAsync("orders", 2);
        await run.ProduceAsync("orders", 0, "old");
        await run.ProduceAsync("orders", 1, "old");
        await run.UntilMergedAsync("orders", 0);
        await run.DeleteTopicAsync("orders");
        await run.CreateTopicAsync("orders", 1);
        await run.ProduceAsync("orders", 0, "new", "records");
        await run.UntilMergedAsync("orders", 0);
        await run.UntilNothingElseIsStoredAsync();
    }
}
