namespace Kafscale.Clients;

/// <summary>Properties of Kafka clients that the command line has to know by name.</summary>
internal static class ClientProperties
{
    public const string BootstrapServers = "bootstrap.servers";
    public const string SecurityProtocol = "security.protocol";
    public const string SslPrefix = "ssl.";
    public const string SslCaLocation = "ssl.ca.location";
    public const string SslCertificateLocation = "ssl.certificate.location";
    public const string SslKeyLocation = "ssl.key.location";
    public const string SslKeyPassword = "ssl.key.password";
    public const string SslVerification = "enable.ssl.certificate.verification";
    public const string SaslMechanism = "sasl.mechanism";
    public const string SaslUsername = "sasl.username";
    public const string SaslPassword = "sasl.password";

    /// <summary>Whether a value is not to be shown to anybody.</summary>
    public static bool IsSecret(string name) =>
        name.Contains("password", StringComparison.Ordinal)
        || name.Contains("secret", StringComparison.Ordinal)
        || name.Contains("passphrase", StringComparison.Ordinal)
        || name is "ssl.key.pem" or "sasl.oauthbearer.config" or "sasl.oauthbearer.assertion.private.key.pem";
}
