using System.Diagnostics;
using HdrHistogram;

namespace Kafscale.Bench.Loads;

/// <summary>
/// Lays a workload on a broker with few threads, each of which drives many connections: a thread for each would take the
/// processors from the broker that is measured.
/// </summary>
internal static class Driver
{
    /// <summary>Sends all requests and waits for their responses.</summary>
    /// <exception cref="InvalidOperationException">A response was not as it must be, or the broker closed a connection.</exception>
    public static LoadResult Run(int port, IWorkload workload, LoadShape shape)
    {
        var perConnection = Math.Max(1, shape.Requests / shape.Connections);
        var interval = shape.RequestsPerSecond > 0 ? TimeSpan.FromSeconds(shape.Connections / shape.RequestsPerSecond) : TimeSpan.Zero;
        var connections = new DrivenConnection[shape.Connections];
        try
        {
            for (var i = 0; i < connections.Length; i++)
            {
                connections[i] = new DrivenConnection(port, workload, i, shape.InFlight, perConnection, interval);
            }

            var histograms = new LongHistogram[Math.Min(Environment.ProcessorCount, connections.Length)];
            var startedAt = Stopwatch.GetTimestamp();
            Threads.RunSideBySide(histograms.Length, thread =>
            {
                histograms[thread] = LoadResult.CreateHistogram();
                Drive([.. connections.Where((_, i) => i % histograms.Length == thread)], startedAt, histograms[thread]);
            });
            var duration = Stopwatch.GetElapsedTime(startedAt);
            return new LoadResult
            {
                Duration = duration,
                Requests = (long)perConnection * connections.Length,
                PayloadBytes = connections.Sum(connection => connection.PayloadBytes),
                Latencies = Sum(histograms),
            };
        }
        finally
        {
            foreach (var connection in connections)
            {
                connection?.Dispose();
            }
        }
    }

    private static void Drive(DrivenConnection[] connections, long startedAt, LongHistogram latencies)
    {
        for (var i = 0; i < connections.Length; i++)
        {
            connections[i].Start(startedAt, (double)i / connections.Length);
        }

        var poller = new Poller(connections.Length);
        while (true)
        {
            var nextDueAt = long.MaxValue;
            for (var i = 0; i < connections.Length; i++)
            {
                connections[i].Send();
                nextDueAt = Math.Min(nextDueAt, connections[i].NextDueAt);
                poller.Watch(i, connections[i].Descriptor, connections[i].IsReceiving, connections[i].IsSending);
            }

            if (Array.TrueForAll(connections, connection => connection.IsDone))
            {
                return;
            }

            poller.Wait(nextDueAt);
            for (var i = 0; i < connections.Length; i++)
            {
                if (poller.CanReceive(i))
                {
                    connections[i].Receive(latencies);
                }
            }
        }
    }

    private static LongHistogram Sum(LongHistogram[] histograms)
    {
        var sum = LoadResult.CreateHistogram();
        foreach (var histogram in histograms)
        {
            sum.Add(histogram);
        }

        return sum;
    }
}
