using Kafscale.Broker.StorageTools;
using Kafscale.Metadata;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.Brokers;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Clients;
using Kafscale.Simulation.History;
using Kafscale.Simulation.Invariants;
using Kafscale.Simulation.Scheduling;
using Kafscale.Simulation.Stores;

namespace Kafscale.Simulation.Runs;

/// <summary>What must come true, in bounded virtual time, once nothing goes wrong any more.</summary>
internal sealed class Aftermath(Scheduler scheduler, SimulatedCluster cluster, MetadataInvariants metadata, ClientHistory history)
{
    /// <summary>More than any retry, lease and hand-over takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Several grace periods and searches for garbage.</summary>
    private static readonly TimeSpan GarbagePatience = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly string[] WhatStaysInTheBucket = ["/meta/cluster/", "/meta/snapshot/", "/meta/health/"];
    private static readonly string[] WhatStaysInTheMetadata = ["cluster", "controller", "sessions/", "assignments/groups", "shards/", "producer_ids/", "loads/", "coordinators/"];

    private readonly List<Violation> _violations = [];

    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>liveness: something ends by itself.</summary>
    public async Task<bool> EndsAsync(string what, Task task)
    {
        await Task.WhenAny(task, Task.Delay(Patience, scheduler.World.Clock));
        return Check(task.IsCompleted, "liveness", $"{what}, after {Patience}");
    }

    /// <summary>liveness: all that produced go on to do so.</summary>
    public async Task ProducersGoOnAsync()
    {
        var looked = history.Acknowledgements.Count;
        var waiting = history.Acknowledgements.Select(one => (Producer: one.First.Producer, one.Log)).ToHashSet();
        await BecomesTrueAsync(Patience, () =>
        {
            for (; looked < history.Acknowledgements.Count; looked++)
            {
                waiting.Remove((history.Acknowledgements[looked].First.Producer, history.Acknowledgements[looked].Log));
            }

            waiting.RemoveWhere(one => !metadata.Topics.Values.Contains(one.Log.TopicId));
            return waiting.Count == 0;
        });
        foreach (var (producer, log) in waiting.OrderBy(one => one.Log.ToString(), StringComparer.Ordinal))
        {
            _violations.Add(new Violation("liveness", $"Producer {producer} was acknowledged nothing to {log}, after {Patience}."));
        }
    }

    /// <summary>liveness: all consumers get to what was acknowledged last.</summary>
    /// <param name="subscriptions">Who reads which topic.</param>
    public async Task ConsumersReachTheEndAsync(IReadOnlyList<(string Subscriber, string Topic)> subscriptions)
    {
        var ends = history.Acknowledgements.GroupBy(one => one.Log, one => one.BaseOffset + one.Count).ToDictionary(group => group.Key, group => group.Max());
        var waiting = (
            from subscription in subscriptions
            from log in ends.Keys
            where metadata.Topics.GetValueOrDefault(subscription.Topic) == log.TopicId
            select (subscription.Subscriber, Log: log)).ToHashSet();
        var polls = 0;
        var resets = 0;
        await BecomesTrueAsync(Patience, () =>
        {
            for (; polls < history.Polls.Count; polls++)
            {
                Reached(history.Polls[polls].Subscriber, history.Polls[polls].Log, history.Polls[polls].Records[^1].Offset + 1);
            }

            for (; resets < history.Resets.Count; resets++)
            {
                Reached(history.Resets[resets].Subscriber, history.Resets[resets].Log, history.Resets[resets].To);
            }

            return waiting.Count == 0;
        });
        foreach (var (subscriber, log) in waiting.OrderBy(one => one.ToString(), StringComparer.Ordinal))
        {
            _violations.Add(new Violation("liveness", $"{subscriber} has not come to the end of {log}, which is {ends[log]}, after {Patience}."));
        }

        void Reached(string subscriber, LogKey log, long position)
        {
            if (ends.TryGetValue(log, out var end) && position >= end)
            {
                waiting.Remove((subscriber, log));
            }
        }
    }

    /// <summary>A cluster without clients keeps nothing for them.</summary>
    public async Task BuffersAreEmptyAsync()
    {
        await BecomesTrueAsync(Patience, () => Busy().Count == 0);
        foreach (var busy in Busy())
        {
            _violations.Add(new Violation("leak", busy));
        }

        List<string> Busy() =>
        [
            .. from broker in cluster.Brokers.Values
               let buffers = broker.Status?.Buffers
               where buffers is { Connections: > 0 } or { AppendBytes: > 0 }
               select $"Broker {broker.BrokerId} has {buffers.Connections} connections and {buffers.AppendBytes} bytes of records that are not committed.",
        ];
    }

    /// <summary>Brokers that are asked to stop do, and what is stored then is whole.</summary>
    public async Task StopsWellAsync()
    {
        var members = cluster.Members.ToList();
        var stopping = members.ConvertAll(id => cluster.Brokers[id]);
        members.ForEach(cluster.Leave);
        await BecomesTrueAsync(Patience, () => stopping.TrueForAll(broker => broker.Process.State == ProcessState.Ended));
        foreach (var broker in stopping.Where(broker => !broker.HasStoppedWell))
        {
            _violations.Add(new Violation("stop", $"Broker {broker.BrokerId} did not stop by itself: {broker.Failure}"));
        }

        var verification = new StorageVerification(
            new SimulatedObjectStore(cluster.Bucket, NewCalls("bucket")), new SimulatedMetadataStore(cluster.MetadataStore, NewCalls("metadata")), new StorageToolsOptions(), null, _ => { });
        var report = await verification.RunAsync(CancellationToken.None);
        foreach (var problem in report.Problems)
        {
            _violations.Add(new Violation("storage", $"{problem.Where}: {problem.What}"));
        }

        members.ForEach(cluster.Join);
    }

    /// <summary>Once all topics are deleted, nothing is left of them in the stores.</summary>
    public async Task NothingIsLeftAsync(ClusterClient admin)
    {
        var since = scheduler.Now;
        while (metadata.Topics.Count > 0 && scheduler.Now - since < Patience.Ticks)
        {
            var request = new DeleteTopicsRequest { TimeoutMs = 30_000, Topics = [.. metadata.Topics.Keys.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name })] };
            try
            {
                await admin.SendToAnyAsync<DeleteTopicsResponse>(request, 6);
            }
            catch (IOException)
            {
                // Tried again.
            }

            await Task.Delay(Interval, scheduler.World.Clock);
        }

        Check(metadata.Topics.Count == 0, "liveness", $"Topics can not be deleted: {string.Join(", ", metadata.Topics.Keys)}");
        await BecomesTrueAsync(GarbagePatience, () => ObjectsLeft().Count == 0 && KeysLeft().Count == 0);
        foreach (var left in ObjectsLeft())
        {
            _violations.Add(new Violation("garbage", $"The object {left} is left."));
        }

        foreach (var left in KeysLeft())
        {
            _violations.Add(new Violation("garbage", $"The metadata key {left} is left."));
        }
    }

    private List<string> ObjectsLeft() => [.. cluster.Bucket.Keys.Where(key => !WhatStaysInTheBucket.Any(part => key.Contains(part, StringComparison.Ordinal)))];

    private List<string> KeysLeft()
    {
        var root = metadata.Root;
        var all = cluster.MetadataStore.RangeAsync(KeyRange.Prefix(root), 10_000, 0, CancellationToken.None).GetAwaiter().GetResult();
        return [.. all.Entries.Select(entry => entry.Key).Where(key => !WhatStaysInTheMetadata.Any(part => key.StartsWith(root + part, StringComparison.Ordinal)))];
    }

    private RemoteCalls NewCalls(string store) => new(scheduler.World, cluster.Network.LinkOf("tools", store), new StoreConditions(), Patience, new Random(0));

    private async Task BecomesTrueAsync(TimeSpan patience, Func<bool> condition)
    {
        var since = scheduler.Now;
        while (!condition() && scheduler.Now - since < patience.Ticks)
        {
            await Task.Delay(Interval, scheduler.World.Clock);
        }
    }

    private bool Check(bool holds, string kind, string otherwise)
    {
        if (!holds)
        {
            _violations.Add(new Violation(kind, $"{otherwise}."));
        }

        return holds;
    }
}
