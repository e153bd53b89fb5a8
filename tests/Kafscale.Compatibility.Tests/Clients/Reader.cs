namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A consumer that goes on reading until it leaves.</summary>
internal abstract class Reader : IAsyncDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(2);

    private readonly Observed _observed;
    private readonly List<ReceivedRecord> _records = [];
    private readonly HashSet<(int Partition, long Offset)> _places = [];
    private readonly HashSet<int> _assignment = [];
    private bool _isReady;
    private string? _failure;

    protected Reader(Observed observed) => _observed = observed;

    /// <summary>The partitions that the group's leader has given to this member.</summary>
    public IReadOnlyCollection<int> Assignment => _observed.Read(() => _assignment.ToArray());

    public IReadOnlyList<ReceivedRecord> Records => _observed.Read(() => _records.ToArray());

    /// <summary>How many records have been read, those that came again not counted.</summary>
    public int DistinctCount => _observed.Read(() => _places.Count);

    /// <summary>Waits until what the readers of one test have seen satisfies a condition.</summary>
    public static Task WaitUntilAsync(IReadOnlyList<Reader> readers, Func<bool> condition, string expectation) =>
        readers[0]._observed.WaitUntilAsync(
            () => condition() || readers.Any(reader => reader._failure is not null),
            () => $"{expectation}. {string.Join("; ", readers.Select(reader => reader.ToString()))}",
            WaitTimeout,
            () => readers.FirstOrDefault(reader => reader._failure is not null)?._failure);

    public Task WaitUntilAsync(Func<bool> condition, string expectation) => WaitUntilAsync([this], condition, expectation);

    public Task WaitUntilReadyAsync() => WaitUntilAsync(() => _isReady, "The reader knows its position");

    /// <summary>Leaves as the client does when it is closed, and ends.</summary>
    public abstract Task LeaveAsync();

    public abstract ValueTask DisposeAsync();

    public override string ToString() =>
        _observed.Read(() => $"{{ assigned {string.Join(',', _assignment.Order())}; {_records.Count} records{(_failure is null ? "" : $"; {_failure}")} }}");

    protected void OnReady() => _observed.Change(() => _isReady = true);

    protected void OnAssigned(IEnumerable<int> partitions) => _observed.Change(() =>
    {
        _assignment.Clear();
        _assignment.UnionWith(partitions);
    });

    protected void OnRecord(ReceivedRecord record) => _observed.Change(() =>
    {
        _records.Add(record);
        _places.Add((record.Partition, record.Offset));
    });

    protected void OnFailure(string failure) => _observed.Change(() => _failure ??= failure);
}
