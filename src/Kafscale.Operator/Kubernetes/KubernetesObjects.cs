using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Kubernetes;

/// <summary>
/// What the operator asks of the API server, alike for all kinds. Everything is read from the server when it is needed and nothing from a cache, so
/// no decision rests on what is not so any more; and nothing is written that is there already.
/// </summary>
internal sealed class KubernetesObjects(IKubernetes kubernetes)
{
    /// <summary>As whom the operator applies its fields.</summary>
    public const string FieldManager = "kafscale-operator";

    /// <summary>The annotation with the hash of what was applied, which tells that something is not wanted any more.</summary>
    public const string AppliedAnnotation = KafscaleApi.Prefix + "applied";

    private const int PageSize = 500;
    private const int WatchSeconds = 290;

    private ICustomObjectsOperations Objects => kubernetes.CustomObjects;

    /// <summary>Reads an object; null where there is none.</summary>
    public async Task<T?> FindAsync<T>(ResourceKind<T> kind, string ns, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await Objects.GetNamespacedCustomObjectAsync<T>(kind.Group, kind.Version, ns, kind.Plural, name, cancellationToken);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Lists objects.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="ns">Of which namespace; null: of all.</param>
    /// <param name="labels">Which; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The objects, and the resource version to watch from.</returns>
    public async Task<(IReadOnlyList<T> Items, string ResourceVersion)> ListAsync<T>(ResourceKind<T> kind, string? ns, string? labels, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var items = new List<T>();
        string? next = null;
        while (true)
        {
            var page = ns is null
                ? await Objects.ListCustomObjectForAllNamespacesAsync<ResourceList<T>>(
                    kind.Group, kind.Version, kind.Plural, continueParameter: next, labelSelector: labels, limit: PageSize, cancellationToken: cancellationToken)
                : await Objects.ListNamespacedCustomObjectAsync<ResourceList<T>>(
                    kind.Group, kind.Version, ns, kind.Plural, continueParameter: next, labelSelector: labels, limit: PageSize, cancellationToken: cancellationToken);
            items.AddRange(page.Items);
            next = page.Metadata.ContinueProperty;
            if (string.IsNullOrEmpty(next))
            {
                return (items, page.Metadata.ResourceVersion);
            }
        }
    }

    /// <summary>Follows what happens to objects, bookmarks included, until the server ends it.</summary>
    /// <exception cref="KubernetesException">The server does not remember what happened since.</exception>
    public async IAsyncEnumerable<(WatchEventType Type, T Item)> WatchAsync<T>(
        ResourceKind<T> kind, string? ns, string? labels, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        Exception? failure = null;
        var events = ns is null
            ? Objects.WatchListCustomObjectForAllNamespacesAsync(
                kind.Group, kind.Version, kind.Plural, allowWatchBookmarks: true, labelSelector: labels, resourceVersion: resourceVersion,
                timeoutSeconds: WatchSeconds, onError: e => failure = e, cancellationToken: cancellationToken)
            : Objects.WatchListNamespacedCustomObjectAsync(
                kind.Group, kind.Version, ns, kind.Plural, allowWatchBookmarks: true, labelSelector: labels, resourceVersion: resourceVersion,
                timeoutSeconds: WatchSeconds, onError: e => failure = e, cancellationToken: cancellationToken);
        await foreach (var (type, item) in events)
        {
            var document = (JsonElement)item;
            if (type == WatchEventType.Error)
            {
                throw new KubernetesException(KubernetesJson.Deserialize<V1Status>(document));
            }

            yield return (type, KubernetesJson.Deserialize<T>(document));
        }

        if (failure is not null)
        {
            throw failure as KubernetesException ?? (Exception)new IOException($"The watch of {kind.Plural} ended: {failure.Message}", failure);
        }
    }

    /// <summary>Makes a child what it is to be, by server-side apply, unless it is so already.</summary>
    /// <returns>The object as the server has it.</returns>
    /// <exception cref="ForeignObjectException">It is there and belongs to somebody else.</exception>
    public async Task<T> ApplyAsync<T>(ResourceKind<T> kind, T wanted, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        (wanted.ApiVersion, wanted.Kind) = (kind.ApiVersion, kind.Kind);
        var existing = await FindAsync(kind, wanted.Metadata.NamespaceProperty, wanted.Metadata.Name, cancellationToken);
        if (existing is not null)
        {
            CheckOwner(kind.Kind, wanted, existing);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(KubernetesJson.Serialize(wanted))))[..16];
        wanted.Metadata.Annotations ??= new Dictionary<string, string>();
        wanted.Metadata.Annotations[AppliedAnnotation] = hash;
        var document = JsonNode.Parse(KubernetesJson.Serialize(wanted))!;
        if (existing is not null && Differences.Find(document, JsonNode.Parse(KubernetesJson.Serialize(existing))) is null)
        {
            return existing;
        }

        return await Objects.PatchNamespacedCustomObjectAsync<T>(
            new V1Patch(document.ToJsonString(), V1Patch.PatchType.ApplyPatch),
            kind.Group, kind.Version, wanted.Metadata.NamespaceProperty, kind.Plural, wanted.Metadata.Name,
            fieldManager: FieldManager, force: true, cancellationToken: cancellationToken);
    }

    /// <summary>Changes fields of an object that is still of the given resource version.</summary>
    /// <exception cref="HttpOperationException">It has been changed meanwhile (409), or is not there any more (404).</exception>
    public Task<T> PatchAsync<T>(ResourceKind<T> kind, T existing, JsonObject change, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var metadata = (JsonObject)(change["metadata"] ??= new JsonObject());
        metadata["resourceVersion"] = existing.Metadata.ResourceVersion;
        return Objects.PatchNamespacedCustomObjectAsync<T>(
            new V1Patch(change.ToJsonString(), V1Patch.PatchType.MergePatch),
            kind.Group, kind.Version, existing.Metadata.NamespaceProperty, kind.Plural, existing.Metadata.Name, fieldManager: FieldManager, cancellationToken: cancellationToken);
    }

    /// <summary>Replaces an object's status, unless it is so already.</summary>
    /// <returns>The object as the server has it.</returns>
    public async Task<T> SetStatusAsync<T>(ResourceKind<T> kind, T existing, object status, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var before = JsonNode.Parse(KubernetesJson.Serialize(existing))!["status"] as JsonObject ?? [];
        var after = (JsonObject)JsonNode.Parse(KubernetesJson.Serialize(status))!;
        if (JsonNode.DeepEquals(before, after))
        {
            return existing;
        }

        // What a merge is to take away it must name.
        foreach (var (name, _) in before)
        {
            if (!after.ContainsKey(name))
            {
                after[name] = null;
            }
        }

        var change = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = existing.Metadata.ResourceVersion },
            ["status"] = after,
        };
        return await Objects.PatchNamespacedCustomObjectStatusAsync<T>(
            new V1Patch(change.ToJsonString(), V1Patch.PatchType.MergePatch),
            kind.Group, kind.Version, existing.Metadata.NamespaceProperty, kind.Plural, existing.Metadata.Name, fieldManager: FieldManager, cancellationToken: cancellationToken);
    }

    /// <summary>Deletes just this object, and what it owns after it; one that is gone or another one by now counts as deleted.</summary>
    public async Task DeleteAsync<T>(ResourceKind<T> kind, T existing, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await Objects.DeleteNamespacedCustomObjectAsync<V1Status>(
                kind.Group, kind.Version, existing.Metadata.NamespaceProperty, kind.Plural, existing.Metadata.Name,
                new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = existing.Metadata.Uid }, PropagationPolicy = "Background" },
                cancellationToken: cancellationToken);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
        }
    }

    /// <summary>Makes an object.</summary>
    public Task<T> CreateAsync<T>(ResourceKind<T> kind, T wanted, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        (wanted.ApiVersion, wanted.Kind) = (kind.ApiVersion, kind.Kind);
        return Objects.CreateNamespacedCustomObjectAsync<T>(
            wanted, kind.Group, kind.Version, wanted.Metadata.NamespaceProperty, kind.Plural, fieldManager: FieldManager, cancellationToken: cancellationToken);
    }

    private static void CheckOwner<T>(string kind, T wanted, T existing)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        if (wanted.Metadata.OwnerReferences is not [var owner] || existing.Metadata.OwnerReferences?.Any(other => other.Uid == owner.Uid) == true)
        {
            return;
        }

        var ofNamesake = existing.Metadata.OwnerReferences?.Any(other => other.Kind == owner.Kind && other.Name == owner.Name) == true;
        throw new ForeignObjectException(ofNamesake
            ? $"The {kind} {wanted.Metadata.Name} is of an earlier {owner.Kind} of this name, and is being deleted."
            : $"There is a {kind} {wanted.Metadata.Name} that this {owner.Kind} has not made. Rename or delete it, or give the {owner.Kind} another name.");
    }
}
