using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Http;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>A store behind TLS whose certificate comes from an authority that only this test knows.</summary>
public sealed class S3CertificateTests : IDisposable
{
    private readonly Testing.TemporaryFolder _folder = new();
    private readonly X509Certificate2 _authority;

    public S3CertificateTests() => _authority = CreateAuthority("CN=Test authority");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Inside_of_TLS_the_body_is_not_hashed_for_the_signature()
    {
        FakeHttpRequest? seen = null;
        using var certificate = CertificateFor(IPAddress.Loopback);
        await using var server = new FakeHttpServer(
            request =>
            {
                seen = request;
                return FakeHttpServer.Answer("200 OK");
            },
            certificate);
        using var store = new S3ObjectStore(OptionsOf(server) with { CaFile = Write(_authority) }, TimeProvider.System);
        await store.PutAsync("key", Bodies.Whole([1, 2, 3]), PutCondition.None, Cancellation);
        Assert.Equal("UNSIGNED-PAYLOAD", seen!.Headers["x-amz-content-sha256"]);
        Assert.Equal([1, 2, 3], seen.Body);
    }

    [Fact]
    public async Task An_authority_that_nobody_named_is_not_trusted() =>
        await AssertUntrustedAsync(IPAddress.Loopback, caFile: null);

    [Fact]
    public async Task Another_authority_than_the_named_one_is_not_trusted()
    {
        using var another = CreateAuthority("CN=Another authority");
        await AssertUntrustedAsync(IPAddress.Loopback, Write(another));
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_not_trusted() =>
        await AssertUntrustedAsync(IPAddress.Parse("127.0.0.2"), Write(_authority));

    private async Task AssertUntrustedAsync(IPAddress address, string? caFile)
    {
        using var certificate = CertificateFor(address);
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer("200 OK"), certificate);
        var options = OptionsOf(server) with { CaFile = caFile };
        using var store = new S3ObjectStore(options, TimeProvider.System);
        var exception = await Assert.ThrowsAsync<S3StartupException>(
            () => new S3StartupProbe(store, options, "default", TimeProvider.System, new Random(1)).RunAsync(Cancellation));
        Assert.Contains("the store's certificate is not trusted. Check s3.ca.file and the name in s3.endpoint.", exception.Message, StringComparison.Ordinal);
    }

    private static S3Options OptionsOf(FakeHttpServer server) =>
        new() { Bucket = "bucket", Endpoint = server.Address, PathStyle = true, Credentials = new S3Credentials("access", "secret") };

    private string Write(X509Certificate2 authority)
    {
        var file = _folder.File("ca.pem");
        File.WriteAllText(file, authority.ExportCertificatePem());
        return file;
    }

    private static X509Certificate2 CreateAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    private X509Certificate2 CertificateFor(IPAddress address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test store", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3, 4]);
        return certificate.CopyWithPrivateKey(key);
    }
}
