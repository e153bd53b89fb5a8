using Kafscale.Broker.Cluster;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Crashes;

/// <summary>
/// One client's story told over crashes: whatever the client asks for it asks for again until it is done, as an idempotent
/// producer does, while brokers crash and others take their place. After every crash and at the end, what is stored is compared
/// with what the client was told.
/// </summary>
/// <remarks>
/// Every record is there at most once; those acknowledged exactly once and at their offsets; a batch that is on its way may be
/// there or not; offsets are contiguous and in the order of sending; every partition can be opened; and at the end the object
/// store holds what is referred to and nothing else.
/// </remarks>
internal sealed class CrashRun(TestCluster cluster, params IReadOnlyList<CrashPoint> crashes)
{
    private static readonly TimeSpan PauseBetweenRequests = TimeSpan.FromMilliseconds(1);

    private const long ProducerId = 7;

    private readonly Dictionary<(string Topic, int Partition), ExpectedLog> _logs = [];
    private readonly List<Func<Task>> _keptForRestart = [];
    private readonly List<Func<Task>> _keptForTheEnd = [];
    private string? _topicInChange;
    private int _startedCount;
    private volatile Life? _life;

    /// <summary>The operations at which brokers crashed.</summary>
    public List<string> CrashedAt { get; } = [];

    /// <summary>Tells a story to its end, and checks all that must hold.</summary>
    public async Task TellAsync(Func<CrashRun, Task> story)
    {
        var life = await StartNextAsync();
        var telling = story(this);
        while (!await IsDoneAsync(telling, life.Crash))
        {
            life = await GoOnAfterAsync(life);
        }

        // Crash points that nothing has come to are not for what comes now.
        while (!life.Broker.Faults.ClearUnlessCut())
        {
            // In what brokers do by themselves, after the client had all that it wanted.
            await life.Crash.Occurred;
            life = await GoOnAfterAsync(life);
        }

        foreach (var kept in _keptForTheEnd)
        {
            await ApplyAsync(kept);
        }

        await AssertHoldsAsync(life.Broker);
        await AssertNothingElseIsStoredAsync(life.Broker);
        await BuryAsync(life.Broker);
        var last = await cluster.StartAsync();
        await AssertHoldsAsync(last);
        foreach (var topic in _logs.Keys.Select(key => key.Topic).Distinct())
        {
            Assert.Equal(ErrorCode.None, await DeleteAsync(last, topic));
        }

        _logs.Clear();
        await AssertNothingElseIsStoredAsync(last);
        await last.DisposeAsync();
    }

    public async Task CreateTopicAsync(string name, int partitionCount, params (string Name, string Value)[] configs)
    {
        _topicInChange = name;
        var topic = new CreateTopicsRequest.CreatableTopic
        {
            Name = name,
            NumPartitions = partitionCount,
            ReplicationFactor = -1,
            Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
        };
        await AskAsync(
            async broker => (await broker.SendAsync<CreateTopicsResponse>(new CreateTopicsRequest { TimeoutMs = 10_000, Topics = [topic] }, 7)).Topics[0].ErrorCode,
            error => error is ErrorCode.None or ErrorCode.TopicAlreadyExists);
        for (var partition = 0; partition < partitionCount; partition++)
        {
            _logs.Add((name, partition), new ExpectedLog());
        }

        _topicInChange = null;
    }

    public async Task DeleteTopicAsync(string name)
    {
        _topicInChange = name;
        await AskAsync(broker => DeleteAsync(broker, name), error => error is ErrorCode.None or ErrorCode.UnknownTopicOrPartition);
        foreach (var key in _logs.Keys.Where(key => key.Topic == name).ToList())
        {
            _logs.Remove(key);
        }

        _topicInChange = null;
    }

    /// <summary>Sends a batch until it is acknowledged.</summary>
    public async Task ProduceAsync(string topic, int partition, params string[] values)
    {
        var log = _logs[(topic, partition)];
        var sequence = log.Records.Count;
        var batch = Batches.Idempotent(ProducerId, 0, sequence, values);
        var baseOffset = -1L;
        log.OnItsWay = values;
        await AskAsync(
            async broker =>
            {
                var response = await broker.ProduceAsync(topic, partition, batch);
                baseOffset = response.BaseOffset;
                return response.ErrorCode;
            },
            error => error == ErrorCode.None);
        Assert.Equal(sequence, baseOffset);
        log.Records.AddRange(values);
        log.OnItsWay = [];
    }

    /// <summary>Waits until no commit has a key of its own any more.</summary>
    public Task UntilRolledUpAsync() => UntilAsync(async _ => await cluster.MetadataUnderAsync(cluster.Keys.Commits) is []);

    /// <summary>Deletes records up to an offset.</summary>
    public async Task DeleteRecordsAsync(string topic, int partition, long offset)
    {
        var log = _logs[(topic, partition)];
        log.MayStartAt = Math.Max(log.MayStartAt, offset);
        await AskAsync(
            async broker => (await broker.DeleteRecordsAsync(topic, partition, offset)).Error,
            error => error == ErrorCode.None);
        log.MustStartAt = Math.Max(log.MustStartAt, offset);
    }

    /// <summary>From now on the broker may delete records of a partition by itself, up to an offset.</summary>
    public void AllowRetention(string topic, int partition, long offset) => _logs[(topic, partition)].MayStartAt = offset;

    /// <summary>Waits until everything in a partition is merged.</summary>
    public Task UntilMergedAsync(string topic, int partition) => UntilAsync(
        broker => Task.FromResult(broker.Log(topic, partition) is var log && log.MergedThroughOffset == log.HighWatermark));

    /// <summary>Waits until nothing is stored that nothing refers to.</summary>
    public Task UntilNothingElseIsStoredAsync() => UntilAsync(async broker => await FindGarbageAsync(broker) is []);

    public async Task UntilAsync(Func<TestBroker, Task<bool>> condition)
    {
        for (var life = _life!; ; life = await life.Next.Task)
        {
            if (await IsDoneAsync(TestBroker.UntilAsync(() => condition(life.Broker)), life.Crash))
            {
                return;
            }
        }
    }

    private static async Task<ErrorCode> DeleteAsync(TestBroker broker, string topic)
    {
        var request = new DeleteTopicsRequest { TimeoutMs = 10_000, Topics = [new() { Name = topic }] };
        return (await broker.SendAsync<DeleteTopicsResponse>(request, 6)).Responses[0].ErrorCode;
    }

    // Asks whichever broker runs, until it answers as it should.
    private async Task AskAsync(Func<TestBroker, Task<ErrorCode>> ask, Func<ErrorCode, bool> isDone)
    {
        const int MaxAttempts = 5_000;
        var life = _life!;
        var attempts = 0;
        var error = ErrorCode.None;
        while (true)
        {
            var answer = ask(life.Broker);
            if (await IsDoneAsync(answer, life.Crash))
            {
                error = await answer;
                if (isDone(error))
                {
                    return;
                }
            }

            // Sooner or later a broker answers well; one that has crashed never does.
            life = life.Crash.Occurred.IsCompleted ? await life.Next.Task : life;
            Assert.True(++attempts < MaxAttempts, $"Every broker answers {error}.");
            await Task.Delay(PauseBetweenRequests);
        }
    }

    // False where the broker has crashed: then nobody hears any more of what it was about.
    private static async Task<bool> IsDoneAsync(Task task, Fault crash)
    {
        if (await Task.WhenAny(task, crash.Occurred) == task && (task.IsCompletedSuccessfully || !crash.Occurred.IsCompleted))
        {
            await task;
            return true;
        }

        _ = task.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        return false;
    }

    private async Task<Life> GoOnAfterAsync(Life crashed)
    {
        await BuryAsync(crashed);
        var next = await StartNextAsync();
        crashed.Next.SetResult(next);
        return next;
    }

    private async Task<Life> StartNextAsync()
    {
        while (true)
        {
            var broker = cluster.Create();
            var point = _startedCount < crashes.Count ? crashes[_startedCount] : new CrashPoint(int.MaxValue, CrashEffect.None);
            var life = new Life(broker, point.Effect, broker.Faults.CutAt(point));
            _startedCount++;
            if (await IsDoneAsync(BeginAsync(broker), life.Crash))
            {
                _life = life;
                return life;
            }

            await BuryAsync(life);
        }
    }

    // What is stored is looked at before the client goes on.
    private async Task BeginAsync(TestBroker broker)
    {
        await broker.Node.StartAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        foreach (var kept in _keptForRestart)
        {
            await ApplyAsync(kept);
        }

        _keptForRestart.Clear();
        await AssertHoldsAsync(broker);
    }

    private async Task BuryAsync(Life crashed)
    {
        CrashedAt.Add(crashed.Crash.At);
        await BuryAsync(crashed.Broker);
        if (crashed.Crash.Kept is { } kept)
        {
            // A deletion takes effect within the grace period, or never: later a topic of the same name may have the same keys.
            var isForTheEnd = crashed.Effect == CrashEffect.AppliedAtTheEnd && !crashed.Crash.At.StartsWith(nameof(StoreOperation.ObjectDelete), StringComparison.Ordinal);
            (isForTheEnd ? _keptForTheEnd : _keptForRestart).Add(kept);
        }
    }

    private static async Task BuryAsync(TestBroker broker)
    {
        broker.Faults.Cut();
        await broker.ExpireSessionAsync();
        await broker.DisposeAsync().AsTask().WaitAsync(TestBroker.Patience);
    }

    // Refused where it comes too late; whoever waited for the answer is gone.
    private static async Task ApplyAsync(Func<Task> kept) => await kept().ContinueWith(ended => ended.Exception, TaskScheduler.Default);

    private async Task AssertHoldsAsync(TestBroker broker)
    {
        foreach (var ((topic, partition), log) in _logs.Where(log => log.Key.Topic != _topicInChange).ToList())
        {
            await broker.UntilLeadingAsync(topic);
            while (true)
            {
                var logStartOffset = broker.Log(topic, partition).LogStartOffset;
                var fetched = await TryReadValuesAsync(broker, topic, partition, logStartOffset);
                if (fetched is not null)
                {
                    log.AssertHolds(logStartOffset, fetched);
                    break;
                }
            }
        }
    }

    // Null where retention has moved the log start meanwhile.
    private static async Task<List<string>?> TryReadValuesAsync(TestBroker broker, string topic, int partition, long logStartOffset)
    {
        try
        {
            return await broker.ReadValuesAsync(topic, partition, logStartOffset);
        }
        catch (Exception) when (broker.Log(topic, partition).LogStartOffset != logStartOffset)
        {
            return null;
        }
    }

    private async Task AssertNothingElseIsStoredAsync(TestBroker broker)
    {
        List<string> garbage = [];
        try
        {
            await TestBroker.UntilAsync(async () => (garbage = await FindGarbageAsync(broker)) is []);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Nothing refers to these, and they stay: {string.Join(", ", garbage)}");
        }
    }

    // Objects that no metadata refers to or that hold nothing but deleted records, objects that are missing, and what is still to be deleted.
    private async Task<List<string>> FindGarbageAsync(TestBroker broker)
    {
        var stored = await StoredAsync();
        var state = broker.Node.Services.Cluster;
        var logs = state.Topics.SelectMany(topic => topic.Partitions).ToList();
        var references = new HashSet<string>();
        var garbage = state.Deletions.Keys.Select(deletion => $"deleted topic {deletion}").ToList();
        foreach (var log in logs)
        {
            if (await broker.Node.Services.Manifests.ReadAsync(log, TestCluster.Cancelled) is { } manifest)
            {
                references.Add(cluster.ObjectKeys.Manifest(log.Id.TopicId, log.Id.Partition, manifest.Version));
                foreach (var segment in manifest.Segments.Where(segment => segment.EndOffset > log.LogStartOffset))
                {
                    references.Add(cluster.ObjectKeys.Segment(log.Id.Topic, log.Id.Partition, segment.BaseOffset));
                    references.Add(cluster.ObjectKeys.Index(log.Id.Topic, log.Id.Partition, segment.BaseOffset));
                }
            }

            foreach (var slice in log.Tail.Where(slice => slice.EndOffset > log.LogStartOffset))
            {
                references.Add(slice.WalObject.Key);
            }
        }

        var named = new HashSet<string>();
        foreach (var (session, list) in state.Commits.Checkpoints)
        {
            foreach (var checkpoint in list.Record.Checkpoints)
            {
                // One that holds a commit that is needed is needed, and with it all that it holds.
                var objects = SessionCheckpoints.SequencesOf(checkpoint).Select(sequence => cluster.ObjectKeys.Wal(session, sequence)).ToList();
                var key = cluster.ObjectKeys.Checkpoint(checkpoint.Writer, checkpoint.Version);
                (!checkpoint.IsRetired && objects.Exists(references.Contains) ? references : named).Add(key);
                named.UnionWith(objects);
            }

            if (list.Record.Checkpoints.Count == 0 && state.Brokers.Values.All(live => live.Session != session))
            {
                garbage.Add($"checkpoints of session {session}");
            }
        }

        garbage.AddRange(named.Where(key => cluster.ObjectKeys.TryParseCheckpoint(key, out _, out _)).Select(key => $"retired {key}"));
        garbage.AddRange(stored.Except(references));
        garbage.AddRange(references.Except(stored).Select(key => $"missing {key}"));
        garbage.AddRange(state.WalObjects.Values.Select(walObject => walObject.Reference.Key).Except(references).Except(named).Select(key => $"commit of {key}"));
        return garbage;
    }

    // What belongs to the cluster and not to a topic is always there.
    private async Task<List<string>> StoredAsync()
    {
        var keys = cluster.ObjectKeys;
        return
        [
            .. (await cluster.ObjectsUnderAsync(keys.Prefix)).Where(
                key => !key.StartsWith($"{keys.Prefix}/meta/", StringComparison.Ordinal) || keys.TryParseManifest(key, out _, out _, out _) || keys.TryParseCheckpoint(key, out _, out _)),
        ];
    }

    /// <summary>One broker, from its start to its crash.</summary>
    private sealed record Life(TestBroker Broker, CrashEffect Effect, Fault Crash)
    {
        public TaskCompletionSource<Life> Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
