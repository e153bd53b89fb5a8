using System.Diagnostics;

namespace Kafscale.Metadata.Tests.Sqlite;

/// <summary>A process that commits to a metadata database until it is killed.</summary>
internal sealed class WorkloadProcess : IDisposable
{
    private readonly Process _process;

    public WorkloadProcess(string file) => _process = Process.Start(new ProcessStartInfo
    {
        FileName = Path.Combine(AppContext.BaseDirectory, "Kafscale.Metadata.Workload"),
        ArgumentList = { "commit", file },
        RedirectStandardOutput = true,
    })!;

    /// <summary>The next transaction that was acknowledged, or <see langword="null"/> where the process has ended.</summary>
    public async Task<(int Writer, int Number)?> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return line?.Split(' ') is [var writer, var number] ? (int.Parse(writer), int.Parse(number)) : null;
    }

    /// <summary>Ends the process at once, as SIGKILL does.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
