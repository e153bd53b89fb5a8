using System.Diagnostics;
using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Running.Development;

/// <summary>
/// A process that lives no longer than this one: its input is a pipe that only this process holds, and it ends where the pipe does.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, Action<string> onOutput, Action<string> onError)
    {
        _process = process;
        Id = process.Id;
        Exited = RunAsync(onOutput, onError);
    }

    public int Id { get; }

    /// <summary>The exit code, once it has ended and everything that it wrote was handed on; 128 and more: by a signal.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a process.</summary>
    /// <param name="fileName">The executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="settings">Variables to set; others of Kafscale are not passed on.</param>
    /// <param name="onOutput">Takes each line of its output.</param>
    /// <param name="onError">Takes each line of its errors.</param>
    public static ChildProcess Start(
        string fileName, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings, Action<string> onOutput, Action<string> onError)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith(EnvironmentNames.Prefix, StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!, onOutput, onError);
    }

    /// <summary>Asks it to stop gracefully, where it listens for that.</summary>
    public void RequestStop()
    {
        try
        {
            _process.StandardInput.WriteLine(ParentPipe.Stop);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    /// <summary>Ends its input, and with it the process.</summary>
    public void ClosePipe()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    public async ValueTask DisposeAsync()
    {
        ClosePipe();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await Exited;
        _process.Dispose();
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            onLine(line);
        }
    }

    private async Task<int> RunAsync(Action<string> onOutput, Action<string> onError)
    {
        await Task.WhenAll(ReadLinesAsync(_process.StandardOutput, onOutput), ReadLinesAsync(_process.StandardError, onError));
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
