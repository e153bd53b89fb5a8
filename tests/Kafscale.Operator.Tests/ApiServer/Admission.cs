using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>What the server does with an object before it takes it: schema or type, defaults, and what must not change.</summary>
public static class Admission
{
    private static readonly string[] StatefulSetMayChange = ["replicas", "template", "updateStrategy", "minReadySeconds", "persistentVolumeClaimRetentionPolicy", "revisionHistoryLimit"];

    /// <exception cref="ApiException">It is not valid.</exception>
    public static void Admit(ResourceType type, JsonObject wanted, JsonObject? existing)
    {
        if (type.Schema is { } schema)
        {
            SchemaValidator.DefaultAndPrune(wanted, schema);
            var problems = SchemaValidator.Validate(wanted, existing, schema);
            if (problems.Count > 0)
            {
                throw ApiException.Invalid($"{type.Kind} \"{wanted["metadata"]!["name"]}\" is invalid: {string.Join("; ", problems)}");
            }

            return;
        }

        DecodeStrictly(type, wanted);
        Default(type, wanted);
        if (type.Kind == "StatefulSet" && existing is not null)
        {
            foreach (var (name, value) in wanted["spec"]!.AsObject().Where(field => !StatefulSetMayChange.Contains(field.Key)))
            {
                if (!JsonNode.DeepEquals(value, existing["spec"]![name]))
                {
                    throw ApiException.Invalid($"StatefulSet is invalid: spec: Forbidden: updates to statefulset spec for fields other than {string.Join(", ", StatefulSetMayChange)} are forbidden ({name})");
                }
            }
        }
    }

    // A field that the client's library does not know is no field of the published types.
    private static void DecodeStrictly(ResourceType type, JsonObject wanted)
    {
        try
        {
            StrictTypes.Check(wanted, type.ClrType!, type.Kind);
        }
        catch (JsonException e)
        {
            throw new ApiException(400, "BadRequest", $"{type.Kind} cannot be decoded: {e.Message}");
        }
    }

    // Some of the many defaults, so that what is read is not what was written.
    private static void Default(ResourceType type, JsonObject wanted)
    {
        if (wanted["spec"] is not JsonObject spec)
        {
            return;
        }

        switch (type.Kind)
        {
            case "StatefulSet":
                spec["revisionHistoryLimit"] ??= 10;
                spec["podManagementPolicy"] ??= "OrderedReady";
                spec["persistentVolumeClaimRetentionPolicy"] ??= new JsonObject { ["whenDeleted"] = "Retain", ["whenScaled"] = "Retain" };
                DefaultPod(spec["template"]!["spec"]!.AsObject());
                foreach (var claim in spec["volumeClaimTemplates"]?.AsArray() ?? [])
                {
                    claim!["spec"]!["volumeMode"] ??= "Filesystem";
                    (claim["apiVersion"], claim["kind"]) = ("v1", "PersistentVolumeClaim");
                }

                break;
            case "Deployment":
                spec["revisionHistoryLimit"] ??= 10;
                DefaultPod(spec["template"]!["spec"]!.AsObject());
                break;
            case "Job":
                spec["completions"] ??= 1;
                DefaultPod(spec["template"]!["spec"]!.AsObject());
                break;
            case "Service":
                spec["type"] ??= "ClusterIP";
                spec["sessionAffinity"] ??= "None";
                spec["clusterIP"] ??= "10.0.0.7";
                spec["ipFamilies"] ??= new JsonArray("IPv4");
                break;
        }
    }

    private static void DefaultPod(JsonObject pod)
    {
        pod["restartPolicy"] ??= "Always";
        pod["dnsPolicy"] ??= "ClusterFirst";
        pod["schedulerName"] ??= "default-scheduler";
        foreach (var container in pod["containers"]!.AsArray())
        {
            container!["imagePullPolicy"] ??= "IfNotPresent";
            container["terminationMessagePath"] ??= "/dev/termination-log";
            foreach (var probe in (JsonNode?[])[container["livenessProbe"], container["readinessProbe"]])
            {
                if (probe is not null)
                {
                    probe["successThreshold"] ??= 1;
                }
            }

            foreach (var variable in container["env"]?.AsArray() ?? [])
            {
                if (variable!["valueFrom"]?["fieldRef"] is { } reference)
                {
                    reference["apiVersion"] ??= "v1";
                }
            }

            // The server keeps quantities in a canonical form.
            foreach (var quantities in (JsonNode?[])[container["resources"]?["requests"], container["resources"]?["limits"]])
            {
                foreach (var (name, value) in quantities?.AsObject().ToList() ?? [])
                {
                    quantities![name] = new k8s.Models.ResourceQuantity(value!.ToString()).CanonicalizeString();
                }
            }
        }
    }
}
