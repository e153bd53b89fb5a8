using Kafscale.Broker.Fetching;
using Kafscale.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Fetching;

public sealed class MemoryShareTests
{
    private readonly ByteBudget _budget = new(100, new FakeTimeProvider());

    [Fact]
    public async Task What_an_answer_does_not_need_others_have()
    {
        using var one = new MemoryShare(_budget);
        using var other = new MemoryShare(_budget);
        await one.ChangeAsync(90, CancellationToken.None);
        var waiting = other.ChangeAsync(80, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);

        one.Keep(20);

        await waiting;
    }

    [Fact]
    public async Task All_of_it_is_given_back_once()
    {
        var one = new MemoryShare(_budget);
        await one.ChangeAsync(60, CancellationToken.None);
        await one.ChangeAsync(100, CancellationToken.None);
        one.Keep(100);
        one.Keep(30);
        one.Dispose();
        one.Dispose();

        using var other = new MemoryShare(_budget);
        await other.ChangeAsync(100, CancellationToken.None);
        using var third = new MemoryShare(_budget);
        Assert.False(third.ChangeAsync(1, CancellationToken.None).AsTask().IsCompleted);
    }
}
