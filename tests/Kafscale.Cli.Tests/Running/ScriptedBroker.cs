using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running;

namespace Kafscale.Cli.Tests.Running;

/// <summary>Stands in for a broker and does what a test wants.</summary>
internal sealed class ScriptedBroker : IRunningBroker
{
    public TaskCompletionSource Ending { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<CancellationToken, Task> OnStop { get; init; } = _ => Task.CompletedTask;

    public bool IsDisposed { get; private set; }

    public ListenAddress Listener { get; init; } = new("127.0.0.1", 9092);

    public IReadOnlyList<string> NotReadyReasons { get; init; } = [];

    public Task Completion => Ending.Task;

    public Task StopAsync(CancellationToken deadline) => OnStop(deadline);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
