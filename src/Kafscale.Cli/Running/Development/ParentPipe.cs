using Kafscale.Cli.Commands;

namespace Kafscale.Cli.Running.Development;

/// <summary>
/// The other end of a <see cref="ChildProcess"/>'s input: a line asks for a graceful stop, and the end of it means that the parent is gone, so
/// that nobody is there to stop this process any more.
/// </summary>
internal static class ParentPipe
{
    public const string Stop = "stop";

    /// <summary>Runs something for as long as the parent lives.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(TextReader pipe, Surroundings surroundings, Func<Surroundings, Task<int>> run)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(surroundings.Stop);
        var running = run(surroundings with { Stop = stop.Token });
        var listening = ListenAsync(pipe, stop);
        if (await Task.WhenAny(running, listening) == listening)
        {
            await listening;
            return ExitCode.Failure;
        }

        return await running;
    }

    private static async Task ListenAsync(TextReader pipe, CancellationTokenSource stop)
    {
        while (await pipe.ReadLineAsync() is not null)
        {
            await stop.CancelAsync();
        }
    }
}
