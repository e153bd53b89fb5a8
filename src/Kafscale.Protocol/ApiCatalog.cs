using System.Diagnostics.CodeAnalysis;

namespace Kafscale.Protocol;

/// <summary>The APIs that are defined, their versions, and the versions of the headers that go before their messages.</summary>
public static partial class ApiCatalog
{
    private static readonly ApiDescription[] Descriptions = CreateDescriptions();

    private static readonly ApiDescription?[] DescriptionsByKey = IndexByKey();

    /// <summary>All APIs in the order of their keys.</summary>
    public static IReadOnlyList<ApiDescription> All => Descriptions;

    /// <summary>Finds the API of a key as it came from the wire.</summary>
    public static bool TryGet(short apiKey, [NotNullWhen(true)] out ApiDescription? description)
    {
        description = (uint)apiKey < (uint)DescriptionsByKey.Length ? DescriptionsByKey[apiKey] : null;
        return description is not null;
    }

    /// <exception cref="ArgumentOutOfRangeException">The value names no API.</exception>
    public static ApiDescription Get(ApiKey apiKey) =>
        TryGet((short)apiKey, out ApiDescription? description)
            ? description
            : throw new ArgumentOutOfRangeException(nameof(apiKey), apiKey, "The value names no API.");

    /// <summary>
    /// The version of <see cref="Messages.RequestHeader"/> before a request: 2 where the request is flexible, otherwise 1.
    /// The version of the request need not be a known one: versions to come are flexible where today's are.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value names no API.</exception>
    public static short RequestHeaderVersion(ApiKey apiKey, short version) =>
        version >= Get(apiKey).FirstFlexibleVersion ? (short)2 : (short)1;

    /// <summary>
    /// The version of <see cref="Messages.ResponseHeader"/> before a response: 1 where the response is flexible, otherwise 0.
    /// ApiVersions always has 0, because its client cannot know yet what the broker understands (KIP-511).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value names no API.</exception>
    public static short ResponseHeaderVersion(ApiKey apiKey, short version) =>
        apiKey != ApiKey.ApiVersions && version >= Get(apiKey).FirstFlexibleVersion ? (short)1 : (short)0;

    private static ApiDescription?[] IndexByKey()
    {
        var descriptions = new ApiDescription?[(short)Descriptions[^1].Key + 1];
        foreach (ApiDescription description in Descriptions)
        {
            descriptions[(short)description.Key] = description;
        }

        return descriptions;
    }
}
