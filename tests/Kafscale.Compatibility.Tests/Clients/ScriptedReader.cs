using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A script that reads until it is told by SIGTERM to close its consumer.</summary>
internal sealed class ScriptedReader : Reader
{
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(30);

    private readonly RunningProcess _process;
    private readonly TemporaryFolder _folder;
    private readonly Task _reading;

    public ScriptedReader(RunningProcess process, TemporaryFolder folder, Observed observed)
        : base(observed)
    {
        _process = process;
        _folder = folder;
        _reading = ReadAsync();
    }

    public override async Task LeaveAsync()
    {
        _process.Send(Signal.Terminate);
        var exitCode = await _process.WaitForExitAsync(LeaveTimeout);
        await _reading;
        Assert.True(exitCode == 0, $"A reader left with exit code {exitCode}: {_process.Output}");
    }

    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _reading;
        _folder.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.ReadStandardOutputLineAsync(CancellationToken.None) is { } text)
        {
            var line = ClientEvent.Parse(text);
            switch (line.Event)
            {
                case "ready":
                    OnReady();
                    break;
                case "assigned":
                    OnAssigned(line.Partitions);
                    break;
                case "record":
                    OnRecord(line.ToRecord());
                    break;
                case "error":
                    OnFailure(line.Message!);
                    break;
            }
        }

        OnAssigned([]);
    }
}
