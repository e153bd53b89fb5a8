using Microsoft.AspNetCore.Http;

namespace Kafscale.Console.Security;

/// <summary>Gives every answer the headers that keep it from being misused, and refuses what pages of other sites ask for.</summary>
internal static class RequestGuard
{
    // Scripts and style sheets come from here alone, as files. Attributes may say how tall something is: the empty room of long lists is that.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";

        // Not "no-referrer": browsers hide the origin of forms then, and those of the console would be refused.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        if (IsHarmless(context.Request) || IsOfThisSite(context.Request))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("Pages of other sites may not ask this of the console.\n", context.RequestAborted);
    }

    // A WebSocket begins with GET, and no browser keeps other sites from opening one.
    private static bool IsHarmless(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && !request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal);

    // What is no browser sends neither, and has no cookie that it was talked into.
    private static bool IsOfThisSite(HttpRequest request)
    {
        if (request.Headers.TryGetValue("Sec-Fetch-Site", out var site) && site != "same-origin" && site != "none")
        {
            return false;
        }

        return !request.Headers.TryGetValue("Origin", out var origin)
            || (Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
