namespace Kafscale.Cli.Tests.Running;

/// <summary>Keeps what is written and lets a test wait for the first line of it.</summary>
internal sealed class SignallingWriter : StringWriter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SignallingWriter() => NewLine = "\n";

    public string Text => ToString();

    public Task<string> FirstLineAsync() => _firstLine.Task.WaitAsync(Patience);

    public override async Task WriteLineAsync(string? value)
    {
        await base.WriteLineAsync(value);
        _firstLine.TrySetResult(value ?? "");
    }
}
