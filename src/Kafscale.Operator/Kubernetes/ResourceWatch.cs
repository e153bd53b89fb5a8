using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator.Kubernetes;

/// <summary>
/// Tells of every object of a kind, of every change to one, and where one is gone: it lists them, follows them from there, goes on where the server ended the
/// watch, and lists them anew where the server does not remember what happened since.
/// </summary>
internal sealed partial class ResourceWatch<T>(
    KubernetesObjects objects, ResourceKind<T> kind, string? ns, string? labels, TimeProvider timeProvider, Random random, ILogger logger, Action<bool, T> onChanged)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private const int LongestPauseFailures = 8;

    private int _failures;

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? resourceVersion = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                resourceVersion ??= await ListAsync(cancellationToken);
                await foreach (var (type, item) in objects.WatchAsync(kind, ns, labels, resourceVersion, cancellationToken))
                {
                    _failures = 0;
                    resourceVersion = item.Metadata.ResourceVersion ?? resourceVersion;
                    if (type != WatchEventType.Bookmark)
                    {
                        onChanged(type != WatchEventType.Deleted, item);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (IsForgotten(e))
            {
                LogForgotten(logger, kind.Plural);
                resourceVersion = null;
                if (_failures++ > 0)
                {
                    await PauseAsync(cancellationToken);
                }
            }
            catch (Exception e) when (e is HttpOperationException or KubernetesException or HttpRequestException or IOException or OperationCanceledException)
            {
                LogFailed(logger, kind.Plural, e.Message);
                await PauseAsync(cancellationToken);
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var (items, resourceVersion) = await objects.ListAsync(kind, ns, labels, cancellationToken);
        foreach (var item in items)
        {
            onChanged(true, item);
        }

        return resourceVersion;
    }

    private static bool IsForgotten(Exception exception) => exception
        is HttpOperationException { Response.StatusCode: HttpStatusCode.Gone }
        or KubernetesException { Status.Code: (int)HttpStatusCode.Gone };

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        _failures = Math.Min(_failures + 1, LongestPauseFailures);
        var pause = FirstPause * (1 << _failures) * (0.5 + (random.NextDouble() / 2));
        try
        {
            await Task.Delay(pause < LongestPause ? pause : LongestPause, timeProvider, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The loop ends.
        }
    }

    [LoggerMessage(2401, LogLevel.Debug, "The API server does not remember what happened to {Plural} since the last event; they are listed anew")]
    private static partial void LogForgotten(ILogger logger, string plural);

    [LoggerMessage(2402, LogLevel.Warning, "The watch of {Plural} failed and is begun again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string plural, string reason);
}
