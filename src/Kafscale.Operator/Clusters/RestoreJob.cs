using System.Globalization;
using k8s.Models;

namespace Kafscale.Operator.Clusters;

/// <summary>The Job that makes a cluster's metadata anew from its bucket.</summary>
internal static class RestoreJob
{
    // For a look at its log.
    private const int KeptSeconds = 7 * 24 * 3600;

    public static string NameOf(ClusterNames names, RestoreRecord record) =>
        string.Create(CultureInfo.InvariantCulture, $"{names.EtcdRestore}-{record.Number}-{record.Attempt}");

    public static V1Job Create(ClusterPlan plan, RestoreRecord record)
    {
        var names = plan.Names;
        List<string> arguments = ["storage", "rebuild", "--discard-unfinished"];
        if (record.AcceptsLoss)
        {
            arguments.Add("--accept-loss");
        }

        var pod = PodParts.PodWithTemporary(new V1Container
        {
            Name = "rebuild",
            Image = plan.Image,
            Args = arguments,
            Env = [.. StoreEnvironment.Of(plan)],
            Resources = PodParts.Requests("500m", "1Gi"),
        });
        pod.RestartPolicy = "Never";
        return new V1Job
        {
            Metadata = names.Child(NameOf(names, record), ClusterNames.RestoreComponent),
            Spec = new V1JobSpec
            {
                // The operator tries again itself, under another name, so that it is never twice at a time.
                BackoffLimit = 0,
                TtlSecondsAfterFinished = KeptSeconds,
                Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = names.Labels(ClusterNames.RestoreComponent) }, Spec = pod },
            },
        };
    }
}
