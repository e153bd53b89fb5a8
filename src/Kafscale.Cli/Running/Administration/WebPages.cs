using Microsoft.AspNetCore.Http;

namespace Kafscale.Cli.Running.Administration;

/// <summary>Keeps web pages from asking in the name of an operator whose browser shows them.</summary>
internal static class WebPages
{
    /// <summary>Answers a request that a web page has made.</summary>
    /// <returns>Whether it was one.</returns>
    public static async Task<bool> RefuseAsync(HttpContext context)
    {
        if (!IsOfWebPage(context.Request))
        {
            return false;
        }

        await HttpProblems.WriteAsync(context, StatusCodes.Status403Forbidden, "Web pages may not ask this of a broker.");
        return true;
    }

    // There is no page here that could ask, so one that does is another's, also where a name of its own leads to this address.
    private static bool IsOfWebPage(HttpRequest request) =>
        request.Headers.ContainsKey("Origin")
        || (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site != "none");
}
