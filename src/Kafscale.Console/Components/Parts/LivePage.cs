using Kafscale.Console.Cluster;
using Microsoft.AspNetCore.Components;

namespace Kafscale.Console.Components.Parts;

/// <summary>What shows the cluster as it is, and goes on to do so while somebody looks.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private IDisposable? _watching;

    [Inject]
    internal ClusterWatch Watch { get; set; } = null!;

    /// <summary>The cluster as it was seen last.</summary>
    protected ClusterSnapshot Snapshot { get; private set; } = ClusterSnapshot.Empty;

    /// <inheritdoc/>
    public void Dispose()
    {
        _watching?.Dispose();
        OnDispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The page is not shown any more.</summary>
    protected virtual void OnDispose()
    {
    }

    /// <summary>There is a new <see cref="Snapshot"/>.</summary>
    protected virtual Task OnSnapshotAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        Snapshot = await Watch.GetAsync(Patience, CancellationToken.None);
        if (RendererInfo.IsInteractive)
        {
            _watching = Watch.Watch(OnChange);
        }

        await OnSnapshotAsync();
    }

    // The renderer owns what it is handed, and ends the page where it fails.
    private void OnChange() => _ = InvokeAsync(async () =>
    {
        Snapshot = Watch.Snapshot;
        await OnSnapshotAsync();
        StateHasChanged();
    });
}
