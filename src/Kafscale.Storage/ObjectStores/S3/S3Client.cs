using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Sets the SDK's client up so that one call is one request that goes where the settings say.</summary>
internal static class S3Client
{
    private const int BufferSize = 128 * 1024;

    public static AmazonS3Client Create(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            // Retries are a decorator's; each attempt is counted and judged by itself.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            // Trailing checksums are not known to all stores; the formats have checksums of their own.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            BufferSize = BufferSize,
            HttpClientFactory = new S3HttpClientFactory(options),
            IgnoreConfiguredEndpointUrls = true,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = options.Region ?? S3Options.DefaultRegion;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        return options.Credentials is { } credentials
            ? new AmazonS3Client(CredentialsOf(credentials), config)
            : new AmazonS3Client(config);
    }

    private static AWSCredentials CredentialsOf(S3Credentials credentials) => credentials.SessionToken is { } token
        ? new SessionAWSCredentials(credentials.AccessKey, credentials.SecretKey, token)
        : new BasicAWSCredentials(credentials.AccessKey, credentials.SecretKey);
}
