using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Kafscale.Testing;

/// <summary>A child process whose output is kept, that takes signals, and that disposal always ends.</summary>
public sealed class RunningProcess : IAsyncDisposable
{
    private const int KeptOutputCharacters = 1 << 20;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Channel<string> _standardOutputLines = Channel.CreateUnbounded<string>();
    private readonly Task _standardOutput;
    private readonly Task _standardError;

    private RunningProcess(Process process)
    {
        _process = process;
        _standardOutput = ReadLinesAsync(process.StandardOutput, _standardOutputLines.Writer);
        _standardError = ReadLinesAsync(process.StandardError, lines: null);
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Everything written to both outputs so far; the first mebibyte of it.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a process with nothing to read, and with no <c>KAFSCALE_</c> variable but those given.</summary>
    /// <param name="fileName">The executable.</param>
    /// <param name="arguments">Its arguments, one by one.</param>
    /// <param name="environment">Variables to set in addition to those of this process.</param>
    /// <param name="workingDirectory">Where it runs; null: where this process does.</param>
    public static RunningProcess Start(
        string fileName,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("KAFSCALE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{fileName} did not start.");
        process.StandardInput.Close();
        return new RunningProcess(process);
    }

    /// <summary>Runs a process to its end.</summary>
    /// <returns>Its exit code and everything that it wrote.</returns>
    /// <exception cref="TimeoutException">It did not end in time; it has been killed.</exception>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string fileName,
        IEnumerable<string> arguments,
        TimeSpan timeout,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        await using var process = Start(fileName, arguments, environment, workingDirectory);
        var exitCode = await process.WaitForExitAsync(timeout);
        return (exitCode, process.Output);
    }

    /// <summary>The next line of standard output, or null at its end.</summary>
    public async Task<string?> ReadStandardOutputLineAsync(CancellationToken cancellationToken)
    {
        while (await _standardOutputLines.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_standardOutputLines.Reader.TryRead(out var line))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Sends a signal to the process, and to it alone. After <see cref="Signal.Stop"/> none of its threads runs any more.</summary>
    public void Send(Signal signal)
    {
        if (kill(_process.Id, (int)signal) != 0)
        {
            throw new InvalidOperationException($"{signal} could not be sent: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        if (signal == Signal.Stop && !SpinWait.SpinUntil(IsStopped, StopTimeout))
        {
            throw new TimeoutException($"Process {_process.Id} goes on.");
        }
    }

    // Threads that run on another processor do so until that has heard of the signal.
    private bool IsStopped()
    {
        try
        {
            return !OperatingSystem.IsLinux() || Directory.EnumerateDirectories($"/proc/{_process.Id}/task").All(IsThreadStopped);
        }
        catch (IOException)
        {
            // A thread has ended meanwhile.
            return false;
        }
    }

    // Its state is behind its name, which may have parentheses itself; a zombie does nothing any more either.
    private static bool IsThreadStopped(string folder)
    {
        var stat = File.ReadAllText(Path.Combine(folder, "stat"));
        return stat[stat.LastIndexOf(')') + 2] is 'T' or 't' or 'Z' or 'X';
    }

    /// <summary>Waits until the process has ended and all its output has been read.</summary>
    /// <returns>The exit code; 128 and the signal's number where a signal ended the process.</returns>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            await Task.WhenAll(_standardOutput, _standardError).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Process {Id} did not end within {timeout}. Its output:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>Kills the process where it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadLinesAsync(StreamReader reader, ChannelWriter<string>? lines)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                if (_output.Length < KeptOutputCharacters)
                {
                    _output.Append(line).Append('\n');
                }
            }

            lines?.TryWrite(line);
        }

        lines?.TryComplete();
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int processId, int signal);
}
