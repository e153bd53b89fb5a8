namespace Kafscale.Broker.Tests.Support;

/// <summary>One thing that goes wrong; see <see cref="Faults"/>.</summary>
internal sealed record Fault(
    StoreOperation? Operation, string KeyPart, int Times, Exception? Exception, bool FailsAfter, Block? Block, bool Cuts)
{
    private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Left { get; set; } = Times;

    /// <summary>How many operations that it fits go well before it applies.</summary>
    public int Skips { get; set; }

    /// <summary>Whether the operation is kept, to take effect when the test lets it.</summary>
    public bool Keeps { get; init; }

    /// <summary>What was kept.</summary>
    public Func<Task>? Kept { get; set; }

    /// <summary>The operation that it applied to; empty as long as there was none.</summary>
    public string At { get; set; } = "";

    /// <summary>Completes when it has gone wrong for the first time.</summary>
    public Task Happened => Occurred.WaitAsync(TestBroker.Patience);

    /// <summary><see cref="Happened"/>, for as long as it takes.</summary>
    public Task Occurred => _happened.Task;

    public void Happen() => _happened.TrySetResult();

    /// <summary>Without an operation it fits all that change something.</summary>
    public bool Fits(StoreOperation operation, string keys) =>
        (Operation is { } only
            ? only == operation
            : operation is StoreOperation.ObjectPut or StoreOperation.ObjectDelete or StoreOperation.MetadataCommit)
        && keys.Contains(KeyPart, StringComparison.Ordinal);
}
