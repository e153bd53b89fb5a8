using System.Buffers.Text;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kafscale.Console;

/// <summary>Scripts, style sheets and pictures, which are in the assembly; served compressed, and kept by browsers for as long as they do not change.</summary>
internal sealed class EmbeddedAssets
{
    public const string Style = "assets/app.css";
    public const string Script = "assets/app.js";
    public const string Theme = "assets/theme.js";
    public const string Icon = "assets/icon.svg";
    public const string Blazor = "_framework/blazor.web.js";

    private const string Grid = "_content/Microsoft.AspNetCore.Components.QuickGrid/QuickGrid.razor.js";
    private const string ForAYear = "public, max-age=31536000, immutable";
    private const string CheckedEachTime = "no-cache";

    private static readonly FrozenDictionary<string, (byte[] Plain, Lazy<byte[]> Brotli, string ContentType, string Version)> Assets =
        ((string[])[Style, Script, Theme, Icon, Blazor, Grid]).ToFrozenDictionary(path => path, Read);

    /// <summary>An asset's address, which changes with it.</summary>
    public static string AddressOf(string path) => $"{path}?v={Assets[path].Version}";

    public static void MapTo(IEndpointRouteBuilder routes)
    {
        foreach (var path in Assets.Keys)
        {
            routes.MapMethods("/" + path, [HttpMethods.Get, HttpMethods.Head], context => WriteAsync(context, path)).AllowAnonymous();
        }
    }

    private static async Task WriteAsync(HttpContext context, string path)
    {
        var asset = Assets[path];
        var headers = context.Response.Headers;
        headers.ETag = $"\"{asset.Version}\"";
        headers.CacheControl = context.Request.Query["v"] == asset.Version ? ForAYear : CheckedEachTime;
        headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch == headers.ETag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var body = asset.Plain;
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
        {
            body = asset.Brotli.Value;
            headers.ContentEncoding = "br";
        }

        context.Response.ContentType = asset.ContentType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static (byte[] Plain, Lazy<byte[]> Brotli, string ContentType, string Version) Read(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        using var stream = typeof(EmbeddedAssets).Assembly.GetManifestResourceStream("assets/" + name)
            ?? throw new InvalidOperationException($"The asset {name} is not in the assembly.");
        var plain = new byte[stream.Length];
        stream.ReadExactly(plain);
        var contentType = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        return (plain, new Lazy<byte[]>(() => Compress(plain)), contentType, Base64Url.EncodeToString(SHA256.HashData(plain).AsSpan(0, 9)));
    }

    private static byte[] Compress(byte[] plain)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Optimal))
        {
            brotli.Write(plain);
        }

        return compressed.ToArray();
    }
}
