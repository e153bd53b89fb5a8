namespace Kafscale.Broker.Tests.Support;

public sealed class FaultsTests
{
    [Fact]
    public async Task A_crash_whose_operation_is_still_on_its_way_is_not_cleared_away()
    {
        var faults = new Faults();
        var crash = faults.CutAt(StoreOperation.ObjectPut, "", after: true);
        var performed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var put = faults.RunAsync(StoreOperation.ObjectPut, "key", _ => new ValueTask<bool>(performed.Task), () => new IOException(), TestCluster.Cancelled);

        Assert.False(faults.ClearUnlessCut());

        performed.SetResult(true);
        await Assert.ThrowsAsync<IOException>(() => put.AsTask());
        await crash.Happened;
        Assert.True(faults.IsCut);
    }

    [Fact]
    public async Task A_crash_after_an_operation_comes_also_where_the_operation_fails()
    {
        var faults = new Faults();
        var crash = faults.CutAt(StoreOperation.ObjectPut, "", after: true);
        ValueTask<bool> Fail(CancellationToken cancellationToken) => throw new InvalidOperationException();

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => faults.RunAsync(StoreOperation.ObjectPut, "key", Fail, () => new IOException(), TestCluster.Cancelled).AsTask());

        await crash.Happened;
        Assert.True(faults.IsCut);
    }
}
