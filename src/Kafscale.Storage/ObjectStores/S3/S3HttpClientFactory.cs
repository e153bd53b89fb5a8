using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>The one HTTP client of an S3 store.</summary>
internal sealed class S3HttpClientFactory(S3Options options) : HttpClientFactory
{
    // Shorter than any store's own, so that a request seldom meets a connection that the store is just closing.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(15);

    // The addresses behind a store's name change.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    // Read at once, so that a file that cannot be used is found before the first request.
    private readonly X509ChainPolicy? _chainPolicy = ReadChainPolicy(options.CaFile);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.RequestTimeout,
            MaxConnectionsPerServer = options.MaxConnections,
            PooledConnectionIdleTimeout = IdleTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            // Where the rest of an answer is not wanted, nobody waits for it.
            ResponseDrainTimeout = TimeSpan.Zero,
            UseCookies = false,
            // Only the settings decide where records go, not a proxy variable in somebody's environment.
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = _chainPolicy },
        };
        // Each request has a deadline of its own.
        return new HttpClient(new LargeBodyHandler(handler)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static X509ChainPolicy? ReadChainPolicy(string? file)
    {
        if (file is null)
            return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new IOException($"The certificate authorities in '{file}' cannot be read: {exception.Message}", exception);
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new IOException($"There is no certificate in '{file}'; it must hold at least one in PEM form (BEGIN CERTIFICATE).");
    }
}
