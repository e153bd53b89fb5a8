using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>Tells clients which APIs and versions they may use: those that have a handler, in the handler's versions.</summary>
internal sealed class ApiVersionsHandler(IRequestHandler?[] handlers) : RequestHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private const int FirstVersionWithClientSoftware = 3;

    private readonly Lazy<List<ApiVersionsResponse.ApiVersion>> _listed = new(() => List(handlers));

    /// <summary>The answer to a version that is not there, to be written as version 0 (KIP-511).</summary>
    public ApiVersionsResponse UnsupportedVersion() => new() { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = _listed.Value };

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ApiVersionsRequest request, CancellationToken cancellationToken)
    {
        if (context.ApiVersion >= FirstVersionWithClientSoftware)
        {
            if (!IsSoftwareName(request.ClientSoftwareName) || !IsSoftwareName(request.ClientSoftwareVersion))
            {
                return new(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });
            }

            context.Connection.SoftwareName = request.ClientSoftwareName;
            context.Connection.SoftwareVersion = request.ClientSoftwareVersion;
        }

        return new(new ApiVersionsResponse { ApiKeys = _listed.Value });
    }

    private static List<ApiVersionsResponse.ApiVersion> List(IRequestHandler?[] handlers)
    {
        var listed = new List<ApiVersionsResponse.ApiVersion>();
        foreach (IRequestHandler? handler in handlers)
        {
            if (handler is not null)
            {
                listed.Add(new ApiVersionsResponse.ApiVersion
                {
                    ApiKey = (short)handler.ApiKey,
                    MinVersion = handler.MinVersion,
                    MaxVersion = handler.MaxVersion,
                });
            }
        }

        return listed;
    }

    /// <summary>KIP-511: letters, digits, dots and hyphens, with a letter or digit at both ends.</summary>
    private static bool IsSoftwareName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
            {
                return false;
            }
        }

        return true;
    }
}
