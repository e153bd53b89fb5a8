using System.Globalization;
using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>
/// The server's objects: resource versions, generations, who owns which field, finalizers, owners, and the history that watches are fed from.
/// </summary>
public sealed class ObjectStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, JsonObject> _objects = [];
    private readonly Dictionary<ObjectKey, Dictionary<string, HashSet<string>>> _owners = [];
    private readonly List<ChangeEvent> _history = [];
    private readonly List<Action> _listeners = [];
    private long _version = 100;
    private long _forgotten;

    /// <summary>The newest resource version.</summary>
    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    /// <summary>The history up to now is forgotten: watches from before have to list anew.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _forgotten = _version;
            _history.Clear();
        }
    }

    /// <summary>Calls back after every change; it must not take long.</summary>
    public void OnChange(Action listener)
    {
        lock (_lock)
        {
            _listeners.Add(listener);
        }
    }

    public JsonObject? Find(ObjectKey key)
    {
        lock (_lock)
        {
            return _objects.TryGetValue(key, out var found) ? (JsonObject)found.DeepClone() : null;
        }
    }

    public List<JsonObject> List(string group, string plural, string? ns = null)
    {
        lock (_lock)
        {
            return
            [
                .. _objects.Where(found => found.Key.Group == group && found.Key.Plural == plural && (ns is null || found.Key.Namespace == ns))
                    .OrderBy(found => found.Key.Namespace, StringComparer.Ordinal).ThenBy(found => found.Key.Name, StringComparer.Ordinal)
                    .Select(found => (JsonObject)found.Value.DeepClone()),
            ];
        }
    }

    /// <summary>What happened after a resource version.</summary>
    /// <exception cref="ApiException">It is forgotten (410).</exception>
    public List<ChangeEvent> ReadHistory(long after)
    {
        lock (_lock)
        {
            return after < _forgotten
                ? throw new ApiException(410, "Expired", $"too old resource version: {after} ({_forgotten})")
                : [.. _history.Where(change => change.ResourceVersion > after)];
        }
    }

    public JsonObject Create(ResourceType type, ObjectKey key, JsonObject wanted, string manager)
    {
        lock (_lock)
        {
            if (_objects.ContainsKey(key))
            {
                throw new ApiException(409, "AlreadyExists", $"{key.Plural} \"{key.Name}\" already exists");
            }

            return CreateHere(type, key, (JsonObject)wanted.DeepClone(), manager);
        }
    }

    /// <summary>Server-side apply.</summary>
    /// <exception cref="ApiException">Somebody else owns a field that is to change (409), or the object is not valid.</exception>
    public JsonObject Apply(ResourceType type, ObjectKey key, JsonObject wanted, string manager, bool isForced, bool isStatus)
    {
        lock (_lock)
        {
            var name = $"{manager}/Apply{(isStatus ? "/status" : "")}";
            if (!_objects.TryGetValue(key, out var existing))
            {
                return CreateHere(type, key, (JsonObject)wanted.DeepClone(), name);
            }

            var fields = FieldPaths.Flatten(wanted);
            var owners = _owners[key];
            var live = FieldPaths.Flatten(existing);
            foreach (var (other, owned) in owners.Where(owner => owner.Key != name))
            {
                var taken = owned.Where(path => fields.TryGetValue(path, out var value) && !JsonNode.DeepEquals(value, live.GetValueOrDefault(path))).ToList();
                if (taken.Count > 0 && !isForced)
                {
                    throw ApiException.Conflict($"Apply failed with {taken.Count} conflicts: conflicts with \"{other}\": {taken[0].Replace('\u0001', '.')}");
                }

                owned.ExceptWith(taken);
            }

            var changed = (JsonObject)existing.DeepClone();
            FieldPaths.Merge(changed, wanted);
            var before = owners.GetValueOrDefault(name) ?? [];
            foreach (var path in before.Where(path => !fields.ContainsKey(path) && !owners.Any(owner => owner.Key != name && owner.Value.Contains(path))).OrderBy(FieldPaths.IsKey))
            {
                FieldPaths.Remove(changed, path);
            }

            owners[name] = [.. fields.Keys];
            return Replace(type, key, existing, changed, isStatus);
        }
    }

    /// <summary>Changes an object by a function, as a patch or an update does.</summary>
    /// <exception cref="ApiException">It is not there (404), or not of that resource version (409), or not valid then.</exception>
    public JsonObject Change(ResourceType type, ObjectKey key, string manager, bool isStatus, Action<JsonObject> change)
    {
        lock (_lock)
        {
            var existing = _objects.GetValueOrDefault(key) ?? throw ApiException.NotFound(key);
            var changed = (JsonObject)existing.DeepClone();
            change(changed);
            if (changed["metadata"]?["resourceVersion"]?.ToString() is { Length: > 0 } version && version != existing["metadata"]!["resourceVersion"]!.ToString())
            {
                throw ApiException.Conflict("the object has been modified; please apply your changes to the latest version and try again");
            }

            var result = Replace(type, key, existing, changed, isStatus);
            if (_owners.TryGetValue(key, out var owners))
            {
                var (old, now) = (FieldPaths.Flatten(existing), FieldPaths.Flatten(result));
                var touched = now.Where(field => !JsonNode.DeepEquals(field.Value, old.GetValueOrDefault(field.Key))).Select(field => field.Key).ToList();
                foreach (var (_, owned) in owners)
                {
                    owned.ExceptWith(touched);
                }

                var name = $"{manager}/Update";
                owners[name] = [.. owners.GetValueOrDefault(name) ?? [], .. touched];
            }

            return result;
        }
    }

    /// <summary>Deletes an object, once nothing holds it.</summary>
    /// <param name="key">Which.</param>
    /// <param name="uid">Only the one with this uid; null: any.</param>
    /// <param name="isGraceful">Whether somebody else says when it is gone, as for pods.</param>
    public void Delete(ObjectKey key, string? uid, bool isGraceful)
    {
        lock (_lock)
        {
            var existing = _objects.GetValueOrDefault(key) ?? throw ApiException.NotFound(key);
            if (uid is not null && uid != existing["metadata"]!["uid"]!.ToString())
            {
                throw ApiException.Conflict($"the UID in the precondition ({uid}) does not match");
            }

            var isHeld = existing["metadata"]!["finalizers"] is JsonArray { Count: > 0 };
            if (!isHeld && !isGraceful)
            {
                RemoveHere(key, existing);
            }
            else if (existing["metadata"]!["deletionTimestamp"] is null)
            {
                var changed = (JsonObject)existing.DeepClone();
                changed["metadata"]!["deletionTimestamp"] = Now();
                Store(key, changed, "MODIFIED");
            }
        }
    }

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private JsonObject CreateHere(ResourceType type, ObjectKey key, JsonObject wanted, string manager)
    {
        if (type.HasStatus && type.Schema is not null)
        {
            wanted.Remove("status");
        }

        (wanted["apiVersion"], wanted["kind"]) = (type.ApiVersion, type.Kind);
        var metadata = (JsonObject)(wanted["metadata"] ??= new JsonObject());
        (metadata["name"], metadata["namespace"]) = (key.Name, key.Namespace);
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Now();
        metadata["generation"] = 1;
        metadata.Remove("resourceVersion");
        var owned = FieldPaths.Flatten(wanted).Keys.ToHashSet();
        Admission.Admit(type, wanted, null);
        _owners[key] = new() { [manager] = owned };
        var stored = Store(key, wanted, "ADDED");
        CollectOrphan(key, stored);
        return stored;
    }

    private JsonObject Replace(ResourceType type, ObjectKey key, JsonObject existing, JsonObject changed, bool isStatus)
    {
        if (isStatus)
        {
            var status = changed["status"]?.DeepClone();
            changed = (JsonObject)existing.DeepClone();
            changed["status"] = status;
        }
        else if (type.HasStatus)
        {
            changed["status"] = existing["status"]?.DeepClone();
        }

        var metadata = changed["metadata"]!;
        foreach (var field in (string[])["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"])
        {
            metadata[field] = existing["metadata"]![field]?.DeepClone();
        }

        RemoveNulls(changed);
        Admission.Admit(type, changed, existing);
        if (!JsonNode.DeepEquals(Without(changed), Without(existing)))
        {
            metadata["generation"] = (long)existing["metadata"]!["generation"]! + 1;
        }

        if (JsonNode.DeepEquals(changed, existing))
        {
            return (JsonObject)existing.DeepClone();
        }

        if (metadata["deletionTimestamp"] is not null && metadata["finalizers"] is not JsonArray { Count: > 0 } && key.Plural != "pods")
        {
            RemoveHere(key, changed);
            return changed;
        }

        return Store(key, changed, "MODIFIED");
    }

    // What a generation counts: all but metadata and status.
    private static JsonObject Without(JsonObject document)
    {
        var rest = (JsonObject)document.DeepClone();
        rest.Remove("metadata");
        rest.Remove("status");
        return rest;
    }

    private static void RemoveNulls(JsonObject document)
    {
        foreach (var (name, value) in document.ToList())
        {
            if (value is null)
            {
                document.Remove(name);
            }
            else if (value is JsonObject child)
            {
                RemoveNulls(child);
            }
        }
    }

    private JsonObject Store(ObjectKey key, JsonObject changed, string type)
    {
        changed["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        // As read from the wire, whatever made it.
        changed = (JsonObject)JsonNode.Parse(changed.ToJsonString())!;
        _objects[key] = changed;
        Tell(type, key, changed);
        return (JsonObject)changed.DeepClone();
    }

    private void RemoveHere(ObjectKey key, JsonObject last)
    {
        _objects.Remove(key);
        _owners.Remove(key);
        last = (JsonObject)last.DeepClone();
        last["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        Tell("DELETED", key, last);
        CollectGarbage(last["metadata"]!["uid"]!.ToString());
    }

    // Dependents go after their owner, in the background.
    private void CollectGarbage(string uid)
    {
        foreach (var (key, dependent) in _objects.ToList())
        {
            var owners = dependent["metadata"]!["ownerReferences"]?.AsArray();
            if (owners is { Count: > 0 } && owners.All(owner => owner!["uid"]!.ToString() == uid) && _objects.ContainsKey(key))
            {
                Delete(key, null, isGraceful: key.Plural == "pods");
            }
        }
    }

    // Whoever makes a child just when its owner has gone has made it in vain.
    private void CollectOrphan(ObjectKey key, JsonObject stored)
    {
        if (stored["metadata"]!["ownerReferences"] is JsonArray { Count: > 0 } owners
            && owners.All(owner => !_objects.Values.Any(other => other["metadata"]!["uid"]!.ToString() == owner!["uid"]!.ToString())))
        {
            Delete(key, null, isGraceful: key.Plural == "pods");
        }
    }

    private void Tell(string type, ObjectKey key, JsonObject document)
    {
        _history.Add(new ChangeEvent(_version, type, key, (JsonObject)document.DeepClone()));
        foreach (var listener in _listeners)
        {
            listener();
        }
    }
}
