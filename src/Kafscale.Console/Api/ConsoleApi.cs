using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Confluent.Kafka;
using Kafscale.Clients;
using Kafscale.Console.Administration;
using Kafscale.Console.Cluster;
using Kafscale.Console.Messages;
using Kafscale.Console.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kafscale.Console.Api;

/// <summary>What the pages show and do, as JSON, for whoever is signed in.</summary>
internal static class ConsoleApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestReading = TimeSpan.FromSeconds(20);

    public static void MapTo(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").WithTags("console");
        api.MapGet("/cluster", async (ClusterWatch watch, CancellationToken cancellationToken) => ClusterView.Of(await watch.GetAsync(Patience, cancellationToken)))
            .WithSummary("The cluster at a glance.");
        api.MapGet("/events", (ClusterWatch watch, CancellationToken cancellationToken) => TypedResults.ServerSentEvents(FollowAsync(watch, cancellationToken)))
            .WithSummary("The cluster at a glance, again whenever it was looked at: server-sent events of the type cluster.");
        api.MapGet("/brokers", async (ClusterWatch watch, CancellationToken cancellationToken) =>
            (await watch.GetAsync(Patience, cancellationToken)).Brokers.Select(BrokerView.Of)).WithSummary("The live brokers.");
        api.MapGet("/topics", async (ClusterWatch watch, string? search, CancellationToken cancellationToken) =>
            (await watch.GetAsync(Patience, cancellationToken)).Topics.Where(topic => topic.Name.Contains(search ?? "", StringComparison.OrdinalIgnoreCase)).Select(TopicView.Of))
            .WithSummary("The topics, or those whose names contain a text.");
        api.MapGet("/topics/{topic}", GetTopicAsync).WithSummary("The partitions of a topic.");
        api.MapGet("/topics/{topic}/partitions/{partition:int:min(0)}/objects", GetObjectsAsync)
            .WithSummary("Where the records of a partition are in the object store, from an offset on; its leader is asked.");
        api.MapGet("/topics/{topic}/messages", GetMessagesAsync).WithSummary("Messages of a topic; the parameters are those of its page. Ends after 20 s at most.");
        api.MapGet("/groups", async (ClusterWatch watch, CancellationToken cancellationToken) =>
            (await watch.GetAsync(Patience, cancellationToken)).Groups.Select(GroupView.Of)).WithSummary("The consumer groups.");
        api.MapPost("/topics", async (HttpContext context, ClusterActions actions, NewTopic topic) =>
            Answer(await actions.CreateTopicAsync(context.User, topic.Name, topic.Partitions, topic.Settings ?? [])))
            .RequireAuthorization(policy => policy.RequireRole(nameof(Role.Editor))).WithSummary("Creates a topic; for editors.");
        api.MapDelete("/topics/{topic}", async (HttpContext context, ClusterActions actions, string topic) => Answer(await actions.DeleteTopicAsync(context.User, topic)))
            .RequireAuthorization(policy => policy.RequireRole(nameof(Role.Admin))).WithSummary("Deletes a topic; for admins.");
        api.MapDelete("/groups", async (HttpContext context, ClusterActions actions, string id) => Answer(await actions.DeleteGroupAsync(context.User, id)))
            .RequireAuthorization(policy => policy.RequireRole(nameof(Role.Admin))).WithSummary("Deletes a group without members; for admins.");
        api.MapMethods("/{*rest}", [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete], () => TypedResults.NotFound()).ExcludeFromDescription();
    }

    private static Results<NoContent, ProblemHttpResult> Answer(string? failure) =>
        failure is null ? TypedResults.NoContent() : TypedResults.Problem(failure, statusCode: StatusCodes.Status409Conflict);

    private static async Task<Results<Ok<IReadOnlyList<PartitionSummary>>, NotFound>> GetTopicAsync(string topic, ClusterWatch watch, CancellationToken cancellationToken) =>
        (await watch.GetAsync(Patience, cancellationToken)).FindTopic(topic) is { } found ? TypedResults.Ok(found.Partitions) : TypedResults.NotFound();

    private static async Task<Results<Ok<PartitionObjects>, ProblemHttpResult>> GetObjectsAsync(
        string topic, int partition, long? from, StorageInspection inspection, CancellationToken cancellationToken)
    {
        var (found, failure) = await inspection.GetObjectsAsync(topic, partition, Math.Max(0, from ?? 0), cancellationToken);
        return found is not null ? TypedResults.Ok(found) : TypedResults.Problem(failure, statusCode: StatusCodes.Status502BadGateway);
    }

    private static async Task<Results<Ok<MessagesView>, ProblemHttpResult>> GetMessagesAsync(
        HttpContext context, string topic, MessageReader reader, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            var query = MessageForm.Read(context.Request.QueryString.ToString()).ToMessageQuery(topic, timeProvider.GetUtcNow());
            await using var run = await reader.StartAsync(query, cancellationToken);
            try
            {
                await run.Completion.WaitAsync(LongestReading, timeProvider, cancellationToken);
            }
            catch (TimeoutException)
            {
                run.Stop();
                await run.Completion;
            }

            return run.State == MessageRunState.Failed
                ? TypedResults.Problem(run.Failure, statusCode: StatusCodes.Status502BadGateway)
                : TypedResults.Ok(new MessagesView(run.State == MessageRunState.Done ? "done" : "stopped", run.Scanned, run.ScannedBytes, [.. run.Found.Select(MessageView.Of)]));
        }
        catch (Exception e) when (e is FormatException or CommandFailedException)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (KafkaException e)
        {
            return TypedResults.Problem(ErrorExplanation.Of(e), statusCode: StatusCodes.Status502BadGateway);
        }
    }

    private static async IAsyncEnumerable<SseItem<ClusterView>> FollowAsync(ClusterWatch watch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Whoever reads slowly misses what was in between.
        var looks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using var watching = watch.Watch(() => looks.Writer.TryWrite(true));
        await watch.GetAsync(Patience, cancellationToken);
        do
        {
            yield return new SseItem<ClusterView>(ClusterView.Of(watch.Snapshot), "cluster");
        }
        while (await looks.Reader.ReadAsync(cancellationToken));
    }
}
