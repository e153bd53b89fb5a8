using System.Globalization;
using k8s.Models;

namespace Kafscale.Operator.Clusters;

/// <summary>What pods tell of themselves.</summary>
internal static class PodLook
{
    private const string RevisionLabel = "controller-revision-hash";

    public static bool IsReady(V1Pod pod) => !IsGoing(pod) && pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    public static bool IsGoing(V1Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    /// <summary>The number of a StatefulSet's pod; null where the name has none.</summary>
    public static int? OrdinalOf(V1Pod pod) =>
        int.TryParse(pod.Metadata.Name.AsSpan(pod.Metadata.Name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;

    public static string? RevisionOf(V1Pod pod) => pod.Metadata.Labels?.TryGetValue(RevisionLabel, out var revision) == true ? revision : null;

    /// <summary>An address of the pod; null while it has none.</summary>
    public static Uri? AddressOf(V1Pod pod, int port) => pod.Status?.PodIP is { Length: > 0 } ip
        ? new UriBuilder(Uri.UriSchemeHttp, ip, port).Uri
        : null;

    /// <summary>Why a pod does not run as it is to, as its containers say; null where they say nothing.</summary>
    public static string? TroubleOf(V1Pod pod)
    {
        foreach (var container in pod.Status?.ContainerStatuses ?? [])
        {
            var ended = container.State?.Terminated ?? container.LastState?.Terminated;
            var words = ended is { ExitCode: not 0 } ? LastLines(ended.Message) : null;
            if (words is { Length: > 0 })
            {
                return words;
            }

            if (container.State?.Waiting is { Reason: not ("ContainerCreating" or "PodInitializing") } waiting)
            {
                return string.IsNullOrEmpty(waiting.Message) ? waiting.Reason : $"{waiting.Reason}: {waiting.Message}";
            }

            if (ended is { ExitCode: not 0 })
            {
                return string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {ended.ExitCode}{(ended.Reason is { } reason ? $" ({reason})" : "")}");
            }
        }

        return pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" })?.Message;
    }

    /// <summary>What a container of a pod said at the end of its last run, where it does not run now; null where it runs, or never ended.</summary>
    public static string? LastWordsOf(V1Pod pod, string containerName) =>
        pod.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == containerName) is { State: not { Running: not null } } container
            ? (container.State?.Terminated ?? container.LastState?.Terminated)?.Message
            : null;

    private static string LastLines(string? message)
    {
        const int Lines = 3;
        var lines = (message ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join(' ', lines.TakeLast(Lines));
    }
}
