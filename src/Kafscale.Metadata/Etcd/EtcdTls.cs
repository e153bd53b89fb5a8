using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kafscale.Metadata.Etcd;

/// <summary>What connections trust, and what they show.</summary>
internal static class EtcdTls
{
    /// <summary>Reads the files at once, so that one that cannot be used is found before the first request.</summary>
    /// <exception cref="EtcdStartException">A file cannot be used.</exception>
    public static SslClientAuthenticationOptions Read(EtcdOptions options)
    {
        var tls = new SslClientAuthenticationOptions { CertificateChainPolicy = ReadChainPolicy(options.CaFile) };
        if (ReadCertificate(options) is { } certificate)
        {
            // etcd names no authorities that a client may come from, or not those between its root and the client.
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return tls;
    }

    private static X509ChainPolicy? ReadChainPolicy(string? file)
    {
        if (file is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception exception) when (IsAboutFile(exception))
        {
            throw new EtcdStartException($"The certificate authorities in '{file}' (etcd.ca.file) cannot be read: {exception.Message}", exception);
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new EtcdStartException(
                $"There is no certificate in '{file}' (etcd.ca.file); it must hold at least one in PEM form (BEGIN CERTIFICATE).");
    }

    private static X509Certificate2? ReadCertificate(EtcdOptions options)
    {
        if (options.CertificateFile is null)
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
        }
        catch (Exception exception) when (IsAboutFile(exception))
        {
            var files = options.KeyFile is null
                ? $"'{options.CertificateFile}' (etcd.cert.file)"
                : $"'{options.CertificateFile}' (etcd.cert.file) with the key in '{options.KeyFile}' (etcd.key.file)";
            throw new EtcdStartException($"The client certificate in {files} cannot be used: {exception.Message}", exception);
        }
    }

    private static bool IsAboutFile(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException;
}
