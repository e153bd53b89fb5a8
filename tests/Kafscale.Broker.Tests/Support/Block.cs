namespace Kafscale.Broker.Tests.Support;

/// <summary>Holds an operation up.</summary>
internal sealed class Block
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the operation has come to it.</summary>
    public Task Reached => _reached.Task.WaitAsync(TestBroker.Patience);

    public Task Released => _released.Task;

    public void Reach() => _reached.TrySetResult();

    public void Release() => _released.TrySetResult();

    /// <summary>Lets the operation fail without effect.</summary>
    public void Fail(Exception exception) => _released.TrySetException(exception);
}
