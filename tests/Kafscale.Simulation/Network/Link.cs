namespace Kafscale.Simulation.Network;

/// <summary>What connects two machines.</summary>
internal sealed class Link(string one, string other)
{
    private TaskCompletionSource? _opening;

    /// <summary>Whether a machine is at one of its ends.</summary>
    public bool IsOf(string machine) => machine == one || machine == other;

    public bool IsCut { get; private set; }

    public void Cut()
    {
        IsCut = true;
        _opening ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Heal()
    {
        IsCut = false;
        _opening?.TrySetResult();
        _opening = null;
    }

    public async Task UntilOpenAsync()
    {
        while (_opening is { } opening)
        {
            await opening.Task;
        }
    }
}
