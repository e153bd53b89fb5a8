using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Kafscale.Console.Security;

/// <summary>Signs browsers in and out.</summary>
internal static class SignInEndpoints
{
    public const string Path = "/sign-in";
    public const string PasswordPath = Path + "/password";
    public const string OutPath = "/sign-out";
    public const string ReturnName = "return";
    public const string ProblemName = "problem";
    public const string WrongProblem = "wrong";
    public const string UsedProblem = "used";
    public const string ProviderProblem = "provider";
    public const string RoleProblem = "role";

    // Somebody at this machine, who could do everything without the console, too.
    private const string LinkUser = "dev";

    public static void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapPost(PasswordPath, SignInAsync).AllowAnonymous();
        routes.MapPost(OutPath, SignOutAsync);
        routes.MapGet(SignInLinks.Path, UseLinkAsync).AllowAnonymous();
    }

    private static async Task SignInAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (!await services.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var limiter = services.GetRequiredService<SignInLimiter>();
        var audit = services.GetRequiredService<AuditLog>();
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (name, password) = (form["name"].ToString(), form["password"].ToString());
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        var wait = limiter.TimeToWait(address);
        if (wait > TimeSpan.Zero)
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"Too many wrong passwords. Try again in {Math.Ceiling(wait.TotalSeconds)} s.\n", context.RequestAborted);
            return;
        }

        if (services.GetRequiredService<Accounts>().Find(name, password) is { } user)
        {
            limiter.OnSuccess(address);
            audit.Add(name, "sign in", "", address);
            await EnterAsync(context, user, form[ReturnName].ToString());
            return;
        }

        limiter.OnFailure(address);
        audit.Add(Shortened(name), "sign in", "", address, "The name or the password is wrong.");
        context.Response.Redirect($"{Path}?{ProblemName}={WrongProblem}");
    }

    private static async Task SignOutAsync(HttpContext context)
    {
        if (!await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await context.SignOutAsync();
        context.Response.Redirect(Path);
    }

    private static async Task UseLinkAsync(HttpContext context)
    {
        var services = context.RequestServices;
        context.Response.Headers.CacheControl = "no-store";
        if (services.GetRequiredService<SignInOptions>().Links?.TryUse(context.Request.Query[SignInLinks.TokenName].ToString()) == true)
        {
            services.GetRequiredService<AuditLog>().Add(LinkUser, "sign in", "", "by the link");
            await EnterAsync(context, services.GetRequiredService<Accounts>().Create(LinkUser, Role.Admin), "");
            return;
        }

        // Opened a second time in a browser that is signed in, the link still leads where it is wanted to.
        context.Response.Redirect(context.User.Identity?.IsAuthenticated == true ? "/" : $"{Path}?{ProblemName}={UsedProblem}");
    }

    private static async Task EnterAsync(HttpContext context, ClaimsPrincipal user, string returnTo)
    {
        await context.SignInAsync(user);
        context.Response.Redirect(LocalOrHome(returnTo));
    }

    /// <summary>Where somebody is led after a sign-in: to a page of the console, whatever a request says.</summary>
    public static string LocalOrHome(string path) => IsLocal(path) ? path : "/";

    // Not to another site: "//host" and "/\host" are some.
    private static bool IsLocal(string path) =>
        path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("/\\", StringComparison.Ordinal) && !path.Any(char.IsControl);

    private static string Shortened(string name) => name.Length <= 100 ? name : name[..100];
}
