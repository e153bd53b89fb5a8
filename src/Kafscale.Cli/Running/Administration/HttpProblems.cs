using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Kafscale.Cli.Running.Administration;

/// <summary>Answers with <c>application/problem+json</c>.</summary>
internal static class HttpProblems
{
    private const string ContentType = "application/problem+json";

    /// <summary>Answers with an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        var problem = new HttpProblem(ReasonPhrases.GetReasonPhrase(status), status, detail);
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsJsonAsync(problem, AdminJson.Default.HttpProblem, ContentType, context.RequestAborted);
    }

    /// <summary>Says what is wrong where routing only gives the status.</summary>
    public static async Task DescribeAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response.HasStarted || context.Response.ContentType is not null)
        {
            return;
        }

        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                await WriteAsync(context, StatusCodes.Status404NotFound, "There is nothing under this path; /openapi.json names what there is.");
                break;
            case StatusCodes.Status405MethodNotAllowed:
                await WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"This path takes {context.Response.Headers.Allow} only.");
                break;
            default:
                break;
        }
    }
}
