using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running.Administration;

/// <summary><c>/admin/log-level</c>: what is logged, from now until the process ends. It works also while the broker starts.</summary>
internal sealed class LogLevelApi(LogLevels levels)
{
    private const int MaxCategoryLength = 200;

    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/admin/log-level", ReadMethods, context => AnswerAsync(context, WriteAsync));
        routes.MapMethods("/admin/log-level", [HttpMethods.Put], context => AnswerAsync(context, SetAsync));
        routes.MapMethods("/admin/log-level", [HttpMethods.Delete], context => AnswerAsync(context, ResetAsync));
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> answer)
    {
        if (!await WebPages.RefuseAsync(context))
        {
            await answer(context);
        }
    }

    private static string NameOf(LogLevel level) => BrokerSettings.LogLevelNames.First(name => name.Value == level).Key;

    private Task SetAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (name, category) = (query["level"].ToString(), query["category"].ToString());
        if (!BrokerSettings.LogLevelNames.TryGetValue(name, out var level))
        {
            return HttpProblems.WriteAsync(
                context, StatusCodes.Status400BadRequest, $"level must be one of {string.Join(", ", BrokerSettings.LogLevelNames.Keys)}, as in ?level=debug.");
        }

        if (category.Length > MaxCategoryLength)
        {
            return HttpProblems.WriteAsync(context, StatusCodes.Status400BadRequest, $"category has more than {MaxCategoryLength} characters.");
        }

        if (category.Length == 0)
        {
            levels.Level = level;
        }
        else if (!levels.TrySet(category, level))
        {
            return HttpProblems.WriteAsync(
                context, StatusCodes.Status400BadRequest, $"{LogLevels.MaxCategories} categories have levels of their own; DELETE goes back to what was configured.");
        }

        return WriteAsync(context);
    }

    private Task ResetAsync(HttpContext context)
    {
        levels.Reset();
        return WriteAsync(context);
    }

    private Task WriteAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var answer = new LogLevelsAnswer(
            NameOf(levels.Level),
            levels.Categories.OrderBy(category => category.Key, StringComparer.Ordinal).ToDictionary(category => category.Key, category => NameOf(category.Value)));
        return context.Response.WriteAsJsonAsync(answer, AdminJson.Default.LogLevelsAnswer, cancellationToken: context.RequestAborted);
    }
}
