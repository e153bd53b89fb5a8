using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Requests;

/// <summary>The versions of an API that clients may use, as test data.</summary>
internal static class ApiVersionRange
{
    public static TheoryData<short> Of(ApiKey apiKey, short from = 0)
    {
        var api = ApiCatalog.Get(apiKey);
        var first = Math.Max(api.MinVersion, from);
        return new TheoryData<short>(Enumerable.Range(first, api.MaxStableVersion - first + 1).Select(version => (short)version));
    }
}
