using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kafscale.Testing.Etcd;

/// <summary>Files of certificates in PEM form: an authority's own, and one each for servers on loopback and for clients.</summary>
public sealed record EtcdCertificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>The authority that both sides trust.</summary>
    public required string CaFile { get; init; }

    /// <summary>Of the members.</summary>
    public required string ServerCertificateFile { get; init; }

    /// <summary>Its key.</summary>
    public required string ServerKeyFile { get; init; }

    /// <summary>Of clients.</summary>
    public required string ClientCertificateFile { get; init; }

    /// <summary>Its key.</summary>
    public required string ClientKeyFile { get; init; }

    /// <summary>Makes new ones, which are valid for a day.</summary>
    public static EtcdCertificates Write(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        var caFile = Path.Combine(folder, "ca.pem");
        File.WriteAllText(caFile, authority.ExportCertificatePem());

        // A server of etcd is a client of its own, too.
        var server = Issue(authority, folder, "server", ServerAuthentication, ClientAuthentication);
        var client = Issue(authority, folder, "client", ClientAuthentication);
        return new EtcdCertificates
        {
            CaFile = caFile,
            ServerCertificateFile = server.Certificate,
            ServerKeyFile = server.Key,
            ClientCertificateFile = client.Certificate,
            ClientKeyFile = client.Key,
        };
    }

    private static (string Certificate, string Key) Issue(X509Certificate2 authority, string folder, string name, params string[] usages)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var oids = new OidCollection();
        foreach (var usage in usages)
        {
            oids.Add(new Oid(usage));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        var files = (Certificate: Path.Combine(folder, $"{name}.pem"), Key: Path.Combine(folder, $"{name}.key"));
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
