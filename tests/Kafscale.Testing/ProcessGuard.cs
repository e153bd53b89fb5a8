using System.Diagnostics;
using System.Globalization;

namespace Kafscale.Testing;

/// <summary>
/// Ends processes and removes their folder when this process ends, in whatever way: a small shell in a session of its
/// own, which notices by the end of its input.
/// </summary>
internal sealed class ProcessGuard : IAsyncDisposable
{
    // A process that has not the folder among its arguments is another one under a used id.
    private const string Script = """
        folder=$1
        trap '' INT TERM HUP
        while read -r id; do ids="$ids $id"; done
        for id in $ids; do
            if grep -qaF "$folder" "/proc/$id/cmdline" 2>/dev/null; then kill -KILL "$id"; fi
        done
        rm -rf "$folder"
        """;

    private readonly Process _shell;

    private ProcessGuard(Process shell) => _shell = shell;

    /// <summary>Starts to guard.</summary>
    /// <param name="folder">The folder to remove; every guarded process has it among its arguments.</param>
    public static ProcessGuard Start(string folder)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Script, "guard", folder]) { RedirectStandardInput = true };
        return new ProcessGuard(Process.Start(start) ?? throw new InvalidOperationException("The guard did not start."));
    }

    /// <summary>Guards one more process.</summary>
    public void Watch(int processId)
    {
        _shell.StandardInput.WriteLine(processId.ToString(CultureInfo.InvariantCulture));
        _shell.StandardInput.Flush();
    }

    /// <summary>Lets it end, and with it whatever still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
