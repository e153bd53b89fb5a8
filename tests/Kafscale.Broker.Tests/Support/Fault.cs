namespace Kafscale.Broker.Tests.Support;

/// <summary>One thing that goes wrong; see <see cref="Faults"/>.</summary>
internal sealed record Fault(
    StoreOperation Operation, string KeyPart, int Times, Exception? Exception, bool FailsAfter, Block? Block, bool Cuts)
{
    private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Left { get; set; } = Times;

    /// <summary>Completes when it has gone wrong for the first time.</summary>
    public Task Happened => _happened.Task.WaitAsync(TestBroker.Patience);

    public void Happen() => _happened.TrySetResult();
}
