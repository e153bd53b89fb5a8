namespace Kafscale.Bench.Loads;

/// <summary>Threads of the load generator, which block and so must not be those of the pool.</summary>
internal static class Threads
{
    /// <summary>Runs an action on several threads and waits for all; fails with the first failure.</summary>
    public static void RunSideBySide(int count, Action<int> action)
    {
        var failures = new Exception?[count];
        var threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            var index = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    action(index);
                }
                catch (Exception failure)
                {
                    failures[index] = failure;
                }
            });
            threads[i].Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
        {
            throw new InvalidOperationException("The load could not be generated.", first);
        }
    }
}
