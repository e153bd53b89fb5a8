using Kafscale.Protocol.Messages;

namespace Kafscale.Protocol.Tests.Messages;

public sealed class ApiCatalogTests
{
    [Fact]
    public void Every_API_is_described_and_its_messages_are_created()
    {
        Assert.Equal(Enum.GetValues<ApiKey>(), ApiCatalog.All.Select(api => api.Key));
        foreach (ApiDescription api in ApiCatalog.All)
        {
            IRequestMessage request = ApiCatalog.CreateRequest(api.Key);
            IResponseMessage response = ApiCatalog.CreateResponse(api.Key);

            Assert.Equal(api.Key, request.ApiKey);
            Assert.Equal(api.Key, response.ApiKey);
            Assert.Equal(api.Name + "Request", request.GetType().Name);
            Assert.Equal(api.Name + "Response", response.GetType().Name);
            Assert.Same(api, ApiCatalog.Get(api.Key));
        }
    }

    [Fact]
    public void The_versions_are_those_of_the_definition() => Assert.Equal(
        new ApiDescription(ApiKey.Produce, "Produce", MinVersion: 0, MaxVersion: 13, MaxStableVersion: 13, FirstFlexibleVersion: 9),
        ApiCatalog.Get(ApiKey.Produce));

    [Fact]
    public void An_unstable_version_is_known_and_marked()
    {
        ApiDescription api = ApiCatalog.Get(ApiKey.InitProducerId);

        Assert.Equal(6, api.MaxVersion);
        Assert.Equal(5, api.MaxStableVersion);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(short.MaxValue)]
    [InlineData(short.MinValue)]
    public void A_key_that_names_no_API_is_not_found(short key)
    {
        Assert.False(ApiCatalog.TryGet(key, out ApiDescription? description));
        Assert.Null(description);
        Assert.Throws<ArgumentOutOfRangeException>(() => ApiCatalog.Get((ApiKey)key));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApiCatalog.CreateRequest((ApiKey)key));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApiCatalog.CreateResponse((ApiKey)key));
    }

    [Theory]
    [InlineData(ApiKey.Produce, 8, 1, 0)]
    [InlineData(ApiKey.Produce, 9, 2, 1)]
    [InlineData(ApiKey.SaslHandshake, 1, 1, 0)]
    [InlineData(ApiKey.ConsumerGroupHeartbeat, 0, 2, 1)]
    [InlineData(ApiKey.ApiVersions, 2, 1, 0)]
    [InlineData(ApiKey.ApiVersions, 3, 2, 0)]
    [InlineData(ApiKey.ApiVersions, 99, 2, 0)]
    public void Headers_are_flexible_where_messages_are_except_before_ApiVersions_responses(
        ApiKey apiKey, short version, short requestHeader, short responseHeader)
    {
        Assert.Equal(requestHeader, ApiCatalog.RequestHeaderVersion(apiKey, version));
        Assert.Equal(responseHeader, ApiCatalog.ResponseHeaderVersion(apiKey, version));
        Assert.InRange(requestHeader, RequestHeader.MinVersion, RequestHeader.MaxVersion);
        Assert.InRange(responseHeader, ResponseHeader.MinVersion, ResponseHeader.MaxVersion);
    }
}
