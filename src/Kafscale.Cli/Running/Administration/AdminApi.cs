using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Kafscale.Broker.Administration;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kafscale.Cli.Running.Administration;

/// <summary>
/// What an operator asks of a broker: <c>/admin/status</c>, <c>/admin/drain</c>, <c>/admin/flush</c>, <c>/admin/topics</c>, <c>/admin/groups</c>. Whoever reaches the address may
/// ask, but no web page: a browser says on whose behalf it asks.
/// </summary>
internal sealed class AdminApi(Readiness readiness)
{
    private const int MaxTopics = 10_000;
    private const int MaxGroups = 10_000;
    private const int MaxObjects = 1000;

    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/admin/status", ReadMethods, context => AnswerAsync(context, GetStatusAsync));
        routes.MapMethods("/admin/drain", [HttpMethods.Post], context => AnswerAsync(context, DrainAsync));
        routes.MapMethods("/admin/drain", [HttpMethods.Delete], context => AnswerAsync(context, EndDrainAsync));
        routes.MapMethods("/admin/flush", [HttpMethods.Post], context => AnswerAsync(context, FlushAsync));
        routes.MapMethods("/admin/topics", ReadMethods, context => AnswerAsync(context, GetTopicsAsync));
        routes.MapMethods("/admin/groups", ReadMethods, context => AnswerAsync(context, GetGroupsAsync));
        routes.MapMethods("/admin/topics/{topic}", ReadMethods, context => AnswerAsync(context, GetTopicAsync));
        routes.MapMethods("/admin/topics/{topic}/partitions/{partition}/objects", ReadMethods, context => AnswerAsync(context, GetObjectsAsync));
    }

    private static Task GetStatusAsync(HttpContext context, IRunningBroker broker) => WriteAsync(context, broker.Look(), AdminJson.Default.BrokerStatus);

    private static async Task DrainAsync(HttpContext context, IRunningBroker broker)
    {
        switch (await broker.DrainAsync(context.RequestAborted))
        {
            case DrainOutcome.Drained:
                await WriteDrainAsync(context, broker);
                break;
            case DrainOutcome.NobodyTakesOver:
                await HttpProblems.WriteAsync(
                    context,
                    StatusCodes.Status409Conflict,
                    "No other live broker takes leadership, so this one keeps what it leads. Start another one, or end the drain of one, and ask again.");
                break;
            default:
                var leaders = broker.Look().Leaders;
                await HttpProblems.WriteAsync(
                    context,
                    StatusCodes.Status503ServiceUnavailable,
                    $"{leaders.PartitionsLed} partitions and {leaders.GroupShardsLed} group shards are not handed over yet. The broker goes on with it: "
                    + "look at /admin/status, ask again, or end it with DELETE.");
                break;
        }
    }

    private static async Task EndDrainAsync(HttpContext context, IRunningBroker broker)
    {
        await broker.EndDrainAsync(context.RequestAborted);
        await WriteDrainAsync(context, broker);
    }

    private static async Task FlushAsync(HttpContext context, IRunningBroker broker)
    {
        if (await broker.FlushAsync(context.RequestAborted))
        {
            await WriteAsync(context, new FlushAnswer(broker.Look().Buffers.AppendBytes), AdminJson.Default.FlushAnswer);
        }
        else
        {
            await HttpProblems.WriteAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "Not everything that was buffered is known to be committed. What was not has not been acknowledged either; /admin/status tells how the stores do.");
        }
    }

    private static Task GetTopicsAsync(HttpContext context, IRunningBroker broker)
    {
        var query = context.Request.Query;
        return TryReadNumber(query["limit"], 1, MaxTopics, MaxTopics, out var limit)
            ? WriteAsync(context, broker.FindTopics(query["after"].ToString(), (int)limit), ListJson.Default.TopicStoragePage)
            : HttpProblems.WriteAsync(context, StatusCodes.Status400BadRequest, $"limit is a number from 1 to {MaxTopics}.");
    }

    private static Task GetGroupsAsync(HttpContext context, IRunningBroker broker)
    {
        var query = context.Request.Query;
        return TryReadNumber(query["limit"], 1, MaxGroups, MaxGroups, out var limit)
            ? WriteAsync(context, broker.FindGroups(query["after"].ToString(), (int)limit), ListJson.Default.CoordinatedGroupPage)
            : HttpProblems.WriteAsync(context, StatusCodes.Status400BadRequest, $"limit is a number from 1 to {MaxGroups}.");
    }

    private static Task GetTopicAsync(HttpContext context, IRunningBroker broker)
    {
        var topic = (string)context.GetRouteValue("topic")!;
        return broker.FindTopic(topic) is { } found
            ? WriteAsync(context, found, ListJson.Default.TopicStorageDetails)
            : HttpProblems.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such topic.");
    }

    private static async Task GetObjectsAsync(HttpContext context, IRunningBroker broker)
    {
        var query = context.Request.Query;
        if (!TryReadNumber(query["limit"], 1, MaxObjects, MaxObjects, out var limit) || !TryReadNumber(query["from"], 0, long.MaxValue, 0, out var from))
        {
            await HttpProblems.WriteAsync(context, StatusCodes.Status400BadRequest, $"limit is a number from 1 to {MaxObjects}, and from is an offset.");
            return;
        }

        try
        {
            var found = TryReadNumber((string)context.GetRouteValue("partition")!, 0, int.MaxValue, -1, out var partition)
                ? await broker.FindObjectsAsync((string)context.GetRouteValue("topic")!, (int)partition, from, (int)limit, context.RequestAborted)
                : null;
            await (found is null
                ? HttpProblems.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such topic, or it has no such partition.")
                : WriteAsync(context, found, ListJson.Default.PartitionObjects));
        }
        catch (Exception e) when (e is ObjectStoreException or ObjectNotFoundException or CorruptObjectException)
        {
            await HttpProblems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"The list of the partition's segments cannot be read from the object store. {e.Message}");
        }
    }

    private static bool TryReadNumber(string? text, long min, long max, long fallback, out long number)
    {
        number = fallback;
        return string.IsNullOrEmpty(text)
            || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max);
    }

    private static Task WriteDrainAsync(HttpContext context, IRunningBroker broker)
    {
        var status = broker.Look();
        return WriteAsync(
            context, new DrainAnswer(status.IsDraining, status.Leaders.PartitionsLed, status.Leaders.GroupShardsLed), AdminJson.Default.DrainAnswer);
    }

    private static Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, type, cancellationToken: context.RequestAborted);
    }

    private async Task AnswerAsync(HttpContext context, Func<HttpContext, IRunningBroker, Task> answer)
    {
        if (await WebPages.RefuseAsync(context))
        {
            return;
        }

        if (readiness.Broker is not { } broker)
        {
            await HttpProblems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, string.Join(' ', readiness.NotReadyReasons));
            return;
        }

        try
        {
            await answer(context, broker);
        }
        catch (SessionLostException)
        {
            await HttpProblems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, "The broker's session has just ended, and with it everything that it led. It registers again; ask again then.");
        }
        catch (MetadataUnavailableException e)
        {
            await HttpProblems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, $"The metadata store does not answer, so whether others know of it is not certain; ask again. {e.Message}");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
    }
}
