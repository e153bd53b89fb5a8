using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Requests;

/// <summary>The versions of an API that clients may use, as test data.</summary>
internal static class ApiVersionRange
{
    public static TheoryData<short> Of(ApiKey apiKey)
    {
        var api = ApiCatalog.Get(apiKey);
        return new TheoryData<short>(Enumerable.Range(api.MinVersion, api.MaxStableVersion - api.MinVersion + 1).Select(version => (short)version));
    }
}
