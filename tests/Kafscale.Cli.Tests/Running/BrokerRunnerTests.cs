using Kafscale.Broker.Configuration;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Running;

namespace Kafscale.Cli.Tests.Running;

public sealed class BrokerRunnerTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SignallingWriter _output = new();
    private readonly SignallingWriter _error = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task A_broker_says_in_one_line_that_it_is_ready_and_where_and_in_another_where_its_console_is()
    {
        var broker = new ScriptedBroker { Listener = new ListenAddress("127.0.0.1", 19092) };

        var running = RunAsync(Starts(broker), ("data.dir", "/var/lib/kafscale"));
        var line = await _output.FirstLineAsync();
        await _stop.CancelAsync();

        Assert.Equal(0, await running);
        Assert.Matches(
            @"^Kafscale is ready: Kafka on 127\.0\.0\.1:19092, HTTP on http://127\.0\.0\.1:\d+, data in /var/lib/kafscale\. Ctrl-C stops it\.$", line);
        Assert.Matches(@"^Console: http://127\.0\.0\.1:\d+/sign-in/link\?token=[A-Za-z0-9_-]{43}\n$", _output.Text[(line.Length + 1)..]);
        Assert.Equal("", _error.Text);
        Assert.True(broker.IsDisposed);
    }

    [Fact]
    public async Task A_broker_in_memory_says_that_its_records_will_be_gone()
    {
        var running = RunAsync(Starts(new ScriptedBroker()), ("in.memory", "true"));
        var line = await _output.FirstLineAsync();
        await _stop.CancelAsync();
        await running;

        Assert.Contains("records in memory only, gone at exit", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_does_not_stop_in_time_is_told_so_and_its_exit_code_shows_it()
    {
        var broker = new ScriptedBroker
        {
            OnStop = async deadline =>
            {
                var stopped = new TaskCompletionSource();
                await using var registration = deadline.Register(stopped.SetResult);
                await stopped.Task;
            },
        };

        var running = RunAsync(Starts(broker), ("graceful.stop.timeout.ms", "1"));
        await _output.FirstLineAsync();
        await _stop.CancelAsync();

        Assert.Equal(1, await running);
        Assert.Contains("did not stop gracefully within 1 ms", _error.Text, StringComparison.Ordinal);
        Assert.True(broker.IsDisposed);
    }

    [Fact]
    public async Task A_broker_that_fails_ends_the_process_with_its_reason()
    {
        var broker = new ScriptedBroker();

        var running = RunAsync(Starts(broker));
        await _output.FirstLineAsync();
        broker.Ending.SetException(new InvalidOperationException("The metadata store is gone."));

        Assert.Equal(1, await running);
        Assert.Contains("kafscale dev failed: The metadata store is gone.", _error.Text, StringComparison.Ordinal);
        Assert.True(broker.IsDisposed);
    }

    [Fact]
    public async Task A_start_that_fails_is_one_line_without_a_stack()
    {
        Assert.Equal(1, await RunAsync((_, _, _, _, _) => throw new StartFailedException("the disk is full.")));

        Assert.Equal("kafscale dev could not start: the disk is full.\n", _error.Text);
        Assert.Equal("", _output.Text);
    }

    [Fact]
    public async Task A_start_that_takes_too_long_is_given_up()
    {
        var exitCode = await RunAsync(
            async (_, _, _, _, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return new ScriptedBroker();
            },
            ("startup.timeout.sec", "1"));

        Assert.Equal(1, exitCode);
        Assert.Equal("kafscale dev could not start: the broker was not ready within 1 s (startup.timeout.sec).\n", _error.Text);
    }

    [Fact]
    public async Task A_start_that_takes_too_long_says_what_it_waited_for()
    {
        var exitCode = await RunAsync(
            async (_, onWaiting, _, _, cancellationToken) =>
            {
                onWaiting("The metadata store has to answer.");
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return new ScriptedBroker();
            },
            ("startup.timeout.sec", "1"));

        Assert.Equal(1, exitCode);
        Assert.Equal(
            "kafscale dev could not start: the broker was not ready within 1 s (startup.timeout.sec). The metadata store has to answer.\n", _error.Text);
    }

    [Fact]
    public async Task A_stop_during_the_start_is_no_failure()
    {
        var exitCode = await RunAsync(async (_, _, _, _, cancellationToken) =>
        {
            await _stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new ScriptedBroker();
        });

        Assert.Equal(0, exitCode);
        Assert.Equal("", _error.Text);
    }

    private static StartBroker Starts(IRunningBroker broker) => (_, _, _, _, _) => Task.FromResult(broker);

    private Task<int> RunAsync(StartBroker startBroker, params (string Key, string Value)[] settings)
    {
        var values = settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        values["metrics.addr"] = "127.0.0.1:0";
        var configuration = BrokerConfigurationReader.Read(ServerRole.Dev, [ConfigurationSource.Flags(values)]);
        var surroundings = new Surroundings(_output, _error, new Dictionary<string, string>(), TimeProvider.System, _stop.Token);
        return new BrokerRunner(configuration, surroundings, startBroker).RunAsync();
    }
}
