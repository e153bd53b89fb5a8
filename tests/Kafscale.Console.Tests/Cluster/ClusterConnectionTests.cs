using Kafscale.Clients;
using Kafscale.Console.Cluster;
using Kafscale.Console.Tests.Browser;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Console.Tests.Cluster;

[Collection(nameof(DevSite))]
public sealed class ClusterConnectionTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ClusterConnection _connection;

    public ClusterConnectionTests(DevSite site) => _connection = new ClusterConnection(
        new ConsoleOptions { Cluster = ClientSettings.Combine([KeyValuePair.Create(ClientProperties.BootstrapServers, site.BootstrapServers)]), BrokerHttpAddresses = [] }, _time);

    public void Dispose() => _connection.Dispose();

    [Fact]
    public async Task What_gets_no_answer_is_read_again_by_a_new_client_with_twice_the_patience()
    {
        var clients = new List<KafkaClient>();
        var began = NewSignal();
        var reading = _connection.ReadAsync(
            async (client, token) =>
            {
                clients.Add(client);
                began.SetResult();
                if (clients.Count < 3)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, token);
                }

                return clients.Count;
            },
            TestContext.Current.CancellationToken);

        foreach (var seconds in (int[])[4, 8])
        {
            await began.Task;
            began = NewSignal();
            _time.Advance(TimeSpan.FromSeconds(seconds - 0.001));
            Assert.False(reading.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(0.001));
        }

        Assert.Equal(3, await reading);
        Assert.Equal(3, clients.Distinct().Count());
    }

    [Fact]
    public async Task Who_has_no_time_to_wait_is_not_kept()
    {
        using var leaving = new CancellationTokenSource();
        var began = NewSignal();
        var reading = _connection.ReadAsync<int>(
            async (_, token) =>
            {
                began.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return 0;
            },
            leaving.Token);
        await began.Task;

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task After_it_was_renewed_a_new_client_asks_and_who_asks_already_keeps_the_old_one()
    {
        var goOn = NewSignal();
        var began = NewSignal();
        var first = _connection.AskAsync(
            async client =>
            {
                began.SetResult();
                await goOn.Task;
                await client.DescribeClusterAsync(TestContext.Current.CancellationToken);
                return client;
            },
            TestContext.Current.CancellationToken);
        await began.Task;

        _connection.Renew();
        var second = await _connection.AskAsync(Task.FromResult, TestContext.Current.CancellationToken);
        goOn.SetResult();

        Assert.NotSame(second, await first);
        Assert.Same(second, await _connection.AskAsync(Task.FromResult, TestContext.Current.CancellationToken));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
