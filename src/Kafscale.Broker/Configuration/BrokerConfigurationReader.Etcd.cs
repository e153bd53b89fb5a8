using Kafscale.Metadata.Etcd;

namespace Kafscale.Broker.Configuration;

public sealed partial class BrokerConfigurationReader
{
    private StoreLocation ReadMetadataStoreOfBroker()
    {
        if (Given(BrokerSettings.EtcdEndpoints))
        {
            // Null where it is a noted problem.
            var endpoints = Required(BrokerSettings.EtcdEndpoints) ?? [];
            return new StoreLocation(StoreKind.Etcd, new EtcdOptions { Endpoints = endpoints }.ToString());
        }

        if (Given(BrokerSettings.MetadataStore))
        {
            return Required(BrokerSettings.MetadataStore);
        }

        _problems.Add(
            $"metadata and etcd.endpoints are missing, so there is no place for metadata. Set {WaysToSet(BrokerSettings.EtcdEndpoints)}; "
            + $"or, for an installation of one broker, {WaysToSet(BrokerSettings.MetadataStore)}; valid: one of them.");
        return StoreLocation.Memory;
    }

    private EtcdOptions ReadEtcd() => new()
    {
        Endpoints = Required(BrokerSettings.EtcdEndpoints) ?? [],
        Username = Optional(BrokerSettings.EtcdUsername),
        Password = Optional(BrokerSettings.EtcdPassword),
        CaFile = Optional(BrokerSettings.EtcdCaFile),
        CertificateFile = Optional(BrokerSettings.EtcdCertFile),
        KeyFile = Optional(BrokerSettings.EtcdKeyFile),
        RequestTimeout = TimeSpan.FromMilliseconds(Required(BrokerSettings.EtcdRequestTimeoutMs)),
        KeepAliveInterval = TimeSpan.FromMilliseconds(Required(BrokerSettings.EtcdKeepAliveIntervalMs)),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(Required(BrokerSettings.EtcdKeepAliveTimeoutMs)),
    };

    private void CheckEtcd()
    {
        if (_role != ServerRole.Broker)
        {
            return;
        }

        if (!Given(BrokerSettings.EtcdEndpoints))
        {
            // Whoever sets what is the default anyway has not asked for etcd.
            if (BrokerSettings.OfEtcd.FirstOrDefault(setting => setting.Default is null && Given(setting)) is { } given)
            {
                _problems.Add($"{given.Key} is set, but etcd.endpoints is not. Set {WaysToSet(BrokerSettings.EtcdEndpoints)}, or none of etcd.");
            }

            return;
        }

        if (Given(BrokerSettings.MetadataStore))
        {
            _problems.Add("metadata and etcd.endpoints are both set; valid: one of them.");
        }

        if (Given(BrokerSettings.EtcdUsername) != Given(BrokerSettings.EtcdPassword))
        {
            var (present, absent) = Given(BrokerSettings.EtcdUsername)
                ? (BrokerSettings.EtcdUsername, BrokerSettings.EtcdPassword)
                : (BrokerSettings.EtcdPassword, BrokerSettings.EtcdUsername);
            _problems.Add($"{present.Key} is set, but {absent.Key} is not. Set {WaysToSet(absent)}; valid: both of them or none.");
        }

        if (Given(BrokerSettings.EtcdKeyFile) && !Given(BrokerSettings.EtcdCertFile))
        {
            _problems.Add($"etcd.key.file is set, but etcd.cert.file is not. Set {WaysToSet(BrokerSettings.EtcdCertFile)}; a key belongs to a certificate.");
        }

        // A connection that was meant to be encrypted must not be in the clear for want of one letter.
        Setting[] ofTls = [BrokerSettings.EtcdCaFile, BrokerSettings.EtcdCertFile];
        if (Array.Find(ofTls, Given) is { } tls && AreValid(BrokerSettings.EtcdEndpoints)
            && Required(BrokerSettings.EtcdEndpoints).FirstOrDefault(endpoint => endpoint.Scheme == Uri.UriSchemeHttp) is { } clear)
        {
            _problems.Add($"{tls.Key} is set, but {clear.GetLeftPart(UriPartial.Authority)} in etcd.endpoints is without TLS; valid: https:// for all of them.");
        }
    }
}
