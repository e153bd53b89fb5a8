using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using Kafscale.Operator.Kubernetes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>
/// An API server over real HTTP on a loopback port, as the real one behaves where it matters to an operator. Tests may look at every request before
/// it is done and after it was done, and fail or delay it. Whoever is not a test itself is the operator, and may do what its roles in deploy/ grant.
/// </summary>
public sealed class ApiServerStandIn : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping = new();
    private CancellationTokenSource _watches = new();
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ApiServerStandIn(WebApplication application)
    {
        _application = application;
        Store.OnChange(() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult());
    }

    /// <summary>The name of clients that are tests themselves, and may do everything.</summary>
    public const string TestClient = "test";

    public ObjectStore Store { get; } = new();

    public OperatorRoles Roles { get; } = new();

    /// <summary>Requests that were done and may have changed something, in their order.</summary>
    public ConcurrentQueue<ApiRequest> Writes { get; } = new();

    /// <summary>Looks at a request before it is done; a number is answered in its place.</summary>
    public Func<ApiRequest, Task<int?>>? Before { get; set; }

    /// <summary>Looks at a request that was done, before it is answered; false: it never is.</summary>
    public Func<ApiRequest, Task<bool>>? After { get; set; }

    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<ApiServerStandIn> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        var application = builder.Build();
        var server = new ApiServerStandIn(application);
        application.Run(server.HandleAsync);
        await application.StartAsync();
        return server;
    }

    /// <summary>A client of the official library.</summary>
    /// <param name="name">As whom it asks.</param>
    public IKubernetes CreateClient(string name)
    {
        var configuration = new KubernetesClientConfiguration { Host = Address.AbsoluteUri, UserAgent = name, HttpClientTimeout = TimeSpan.FromSeconds(20) };
        return new k8s.Kubernetes(configuration, new CoreGroupHandler());
    }

    /// <summary>Ends all watches, as a server does now and then.</summary>
    public void EndWatches() => Interlocked.Exchange(ref _watches, new CancellationTokenSource()).Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        EndWatches();
        await _application.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>Waits until something has changed since a look.</summary>
    /// <param name="look">Is told before the look.</param>
    public Task ChangeAfter(Action look)
    {
        var changed = _changed.Task;
        look();
        return changed;
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            var (type, request) = Read(context);
            Authorize(request, VerbOf(context, request));
            if (Before is { } before && await before(request) is { } status)
            {
                context.Response.StatusCode = status;
                await context.Response.WriteAsync("{\"kind\":\"Status\",\"status\":\"Failure\"}");
                return;
            }

            if (context.Request.Query["watch"] == "true")
            {
                await WatchAsync(context, type, request.Key);
                return;
            }

            var version = Store.Version;
            var answer = await AnswerAsync(context, type, request);
            if (request.IsWrite && Store.Version != version)
            {
                Writes.Enqueue(request);
            }

            if (After is { } after && !await after(request))
            {
                context.Abort();
                return;
            }

            context.Response.ContentType = "application/json";
            context.Response.StatusCode = request.Method == "POST" ? 201 : 200;
            await context.Response.WriteAsync(answer.ToJsonString());
        }
        catch (ApiException e)
        {
            context.Response.StatusCode = e.Code;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(e.ToStatus().ToJsonString());
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private static (ResourceType Type, ApiRequest Request) Read(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (group, rest) = parts[0] == "api" ? ("", parts[2..]) : (parts[1], parts[3..]);
        var ns = "";
        if (rest is ["namespaces", var named, _, ..])
        {
            (ns, rest) = (named, rest[2..]);
        }

        var type = ResourceTypes.All.FirstOrDefault(known => known.Group == group && known.Plural == rest[0])
            ?? throw new ApiException(404, "NotFound", $"the server could not find the requested resource: {context.Request.Path}");
        var key = new ObjectKey(group, rest[0], ns, rest.Length > 1 ? rest[1] : "");
        return (type, new ApiRequest(context.Request.Method, key, rest.Length > 2 && rest[2] == "status", context.Request.Headers.UserAgent.ToString()));
    }

    private static string VerbOf(HttpContext context, ApiRequest request) => request.Method switch
    {
        "GET" when context.Request.Query["watch"] == "true" => "watch",
        "GET" => request.Key.Name.Length == 0 ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        _ => request.Method.ToLowerInvariant(),
    };

    private void Authorize(ApiRequest request, string verb)
    {
        if (request.Client != TestClient)
        {
            Roles.Authorize(new Permission(request.Key.Group, request.Key.Plural + (request.IsStatus ? "/status" : ""), verb), request.Key.Namespace);
        }
    }

    // What the admission plugin OwnerReferencesPermissionEnforcement wants, which some API servers run: who keeps an owner from going must be able to change what it waits for.
    private void AuthorizeOwners(ApiRequest request, JsonObject written)
    {
        foreach (var owner in written["metadata"]?["ownerReferences"]?.AsArray() ?? [])
        {
            if ((bool?)owner!["blockOwnerDeletion"] == true && request.Client != TestClient)
            {
                var type = ResourceTypes.All.First(known => known.Kind == (string?)owner["kind"]);
                Roles.Authorize(new Permission(type.Group, type.Plural + "/finalizers", "update"), request.Key.Namespace);
            }
        }
    }

    private async Task<JsonNode> AnswerAsync(HttpContext context, ResourceType type, ApiRequest request)
    {
        var query = context.Request.Query;
        var manager = query["fieldManager"].ToString() is { Length: > 0 } given ? given : request.Client;
        switch (request.Method)
        {
            case "GET" when request.Key.Name.Length == 0:
                return List(type, request.Key, query["labelSelector"].ToString());
            case "GET":
                return Store.Find(request.Key) ?? throw ApiException.NotFound(request.Key);
            case "DELETE":
                var options = context.Request.ContentLength is null or 0 && !context.Request.Headers.ContainsKey("Transfer-Encoding") ? null : await ReadBodyAsync(context);
                Store.Delete(request.Key, (string?)options?["preconditions"]?["uid"], isGraceful: type.Plural == "pods");
                return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Success" };
            case "POST":
                var created = await ReadBodyAsync(context);
                AuthorizeOwners(request, created);
                return Store.Create(type, request.Key with { Name = (string)created["metadata"]!["name"]! }, created, manager);
            case "PUT":
                var replacement = await ReadBodyAsync(context);
                return Store.Change(type, request.Key, manager, request.IsStatus, document => Replace(document, replacement));
            case "PATCH" when context.Request.ContentType!.StartsWith("application/apply-patch", StringComparison.Ordinal):
                var applied = await ReadBodyAsync(context);
                if (Store.Find(request.Key) is null)
                {
                    Authorize(request, "create");
                }

                AuthorizeOwners(request, applied);
                return Store.Apply(type, request.Key, applied, manager, query["force"] == "true", request.IsStatus);
            case "PATCH":
                var patch = await ReadBodyAsync(context);
                return Store.Change(type, request.Key, manager, request.IsStatus, document => MergePatch(document, patch));
            default:
                throw new ApiException(405, "MethodNotAllowed", request.Method);
        }
    }

    private static async Task<JsonObject> ReadBodyAsync(HttpContext context) =>
        (JsonObject)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;

    private static void Replace(JsonObject document, JsonObject replacement)
    {
        document.Clear();
        foreach (var (name, value) in replacement)
        {
            document[name] = value?.DeepClone();
        }
    }

    private static void MergePatch(JsonObject document, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                document.Remove(name);
            }
            else if (value is JsonObject fields)
            {
                if (document[name] is not JsonObject)
                {
                    document[name] = new JsonObject();
                }

                MergePatch((JsonObject)document[name]!, fields);
            }
            else
            {
                document[name] = value.DeepClone();
            }
        }
    }

    private JsonObject List(ResourceType type, ObjectKey key, string labels)
    {
        // The version first: what comes after it, a watch from there tells, even if the list has it already.
        var version = Store.Version;
        var items = Store.List(type.Group, type.Plural, key.Namespace.Length == 0 ? null : key.Namespace).Where(item => Matches(item, labels));
        return new JsonObject
        {
            ["apiVersion"] = type.ApiVersion,
            ["kind"] = type.Kind + "List",
            ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) },
            ["items"] = new JsonArray([.. items]),
        };
    }

    private async Task WatchAsync(HttpContext context, ResourceType type, ObjectKey key)
    {
        var labels = context.Request.Query["labelSelector"].ToString();
        var after = long.Parse(context.Request.Query["resourceVersion"].ToString(), CultureInfo.InvariantCulture);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _watches.Token, _stopping.Token);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(ends.Token);
        try
        {
            while (true)
            {
                var changed = _changed.Task;
                foreach (var change in Store.ReadHistory(after))
                {
                    after = change.ResourceVersion;
                    if (change.Key.Group == type.Group && change.Key.Plural == type.Plural && (key.Namespace.Length == 0 || change.Key.Namespace == key.Namespace) && Matches(change.Object, labels))
                    {
                        await WriteEventAsync(context, change.Type, change.Object);
                    }
                }

                // A real server sends one a minute or so.
                await WriteEventAsync(context, "BOOKMARK", new JsonObject
                {
                    ["apiVersion"] = type.ApiVersion,
                    ["kind"] = type.Kind,
                    ["metadata"] = new JsonObject { ["resourceVersion"] = after.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null },
                });
                await changed.WaitAsync(ends.Token);
            }
        }
        catch (ApiException e)
        {
            await WriteEventAsync(context, "ERROR", e.ToStatus());
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The answer ends here, as when its time is over.
        }
    }

    private static async Task WriteEventAsync(HttpContext context, string type, JsonObject document)
    {
        var text = new JsonObject { ["type"] = type, ["object"] = document.DeepClone() }.ToJsonString();
        await context.Response.WriteAsync(text + "\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static bool Matches(JsonObject item, string labels) => labels.Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(label => label.Split('=')).All(label => (string?)item["metadata"]!["labels"]?[label[0]] == label[1]);
}
