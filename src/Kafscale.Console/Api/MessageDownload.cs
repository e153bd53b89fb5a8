using System.Globalization;
using Confluent.Kafka;
using Kafscale.Clients;
using Kafscale.Console.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Kafscale.Console.Api;

/// <summary>Hands out the bytes of one message, as they are.</summary>
internal static class MessageDownload
{
    public static void MapTo(IEndpointRouteBuilder routes) => routes.MapGet(
        "/api/topics/{topic}/partitions/{partition:int:min(0)}/messages/{offset:long:min(0)}/{part}", DownloadAsync);

    private static async Task<Results<FileContentHttpResult, NotFound, ProblemHttpResult>> DownloadAsync(
        string topic, int partition, long offset, string part, MessageReader reader, CancellationToken cancellationToken)
    {
        if (part is not ("key" or "value"))
        {
            return TypedResults.NotFound();
        }

        try
        {
            var record = await reader.ReadOneAsync(topic, partition, offset, cancellationToken);
            var bytes = part == "key" ? record?.Message.Key : record?.Message.Value;

            // Never as what it says it is: a page in a message would be one of the console's.
            return bytes is null
                ? TypedResults.NotFound()
                : TypedResults.File(bytes, "application/octet-stream", string.Create(CultureInfo.InvariantCulture, $"{topic}-{partition}-{offset}.{part}"));
        }
        catch (CommandFailedException e)
        {
            return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status404NotFound);
        }
        catch (KafkaException e)
        {
            return TypedResults.Problem(ErrorExplanation.Of(e), statusCode: StatusCodes.Status502BadGateway);
        }
    }
}
