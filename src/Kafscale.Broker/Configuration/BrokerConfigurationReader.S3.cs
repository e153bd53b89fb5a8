using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Broker.Configuration;

public sealed partial class BrokerConfigurationReader
{
    // Connections for what is outside of the lanes: the probes.
    private const int ConnectionsBesideConcurrency = 8;

    private StoreLocation ReadObjectStoreOfBroker()
    {
        if (Given(BrokerSettings.S3Bucket))
        {
            return new StoreLocation(StoreKind.S3, $"{Required(BrokerSettings.S3Bucket)}/{Required(BrokerSettings.S3Namespace)}");
        }

        if (Given(BrokerSettings.ObjectStore))
        {
            return Required(BrokerSettings.ObjectStore);
        }

        _problems.Add(
            $"object.store and s3.bucket are missing, so there is no place for records. Set {WaysToSet(BrokerSettings.S3Bucket)}; "
            + $"or {WaysToSet(BrokerSettings.ObjectStore)}; valid: one of them.");
        return StoreLocation.Memory;
    }

    private S3Configuration ReadS3()
    {
        var endpoint = Optional(BrokerSettings.S3Endpoint);
        var concurrency = Required(BrokerSettings.S3Concurrency);
        var bucket = new S3Options
        {
            Bucket = Required(BrokerSettings.S3Bucket),
            Region = Optional(BrokerSettings.S3Region),
            Endpoint = endpoint,
            PathStyle = Given(BrokerSettings.S3PathStyle) ? Required(BrokerSettings.S3PathStyle) : endpoint is not null,
            Credentials = Given(BrokerSettings.S3AccessKey) && Given(BrokerSettings.S3SecretKey)
                ? new S3Credentials(
                    Required(BrokerSettings.S3AccessKey), Required(BrokerSettings.S3SecretKey), Optional(BrokerSettings.S3SessionToken))
                : null,
            KmsKeyArn = Optional(BrokerSettings.S3KmsArn),
            CaFile = Optional(BrokerSettings.S3CaFile),
            RequestTimeout = TimeSpan.FromMilliseconds(Required(BrokerSettings.S3RequestTimeoutMs)),
            MaxConnections = concurrency + ConnectionsBesideConcurrency,
        };
        return new S3Configuration(
            bucket,
            Required(BrokerSettings.S3Namespace),
            concurrency,
            new ObjectStorePrices
            {
                PutPer1000 = Required(BrokerSettings.S3PricePutPer1000),
                GetPer1000 = Required(BrokerSettings.S3PriceGetPer1000),
                ReadPerGiB = Required(BrokerSettings.S3PriceReadPerGiB),
            })
        {
            Replica = ReadReplica(bucket),
        };
    }

    private S3Options? ReadReplica(S3Options bucket)
    {
        if (!Given(BrokerSettings.S3ReadBucket))
        {
            Setting[] others = [BrokerSettings.S3ReadRegion, BrokerSettings.S3ReadEndpoint];
            if (Array.Find(others, Given) is { } given)
            {
                _problems.Add($"{given.Key} is set, but s3.read.bucket is not. Set {WaysToSet(BrokerSettings.S3ReadBucket)}.");
            }

            return null;
        }

        // What is only read needs no key to write with.
        var endpoint = Optional(BrokerSettings.S3ReadEndpoint) ?? bucket.Endpoint;
        var replica = bucket with
        {
            Bucket = Required(BrokerSettings.S3ReadBucket),
            Region = Optional(BrokerSettings.S3ReadRegion) ?? bucket.Region,
            Endpoint = endpoint,
            PathStyle = Given(BrokerSettings.S3PathStyle) ? bucket.PathStyle : endpoint is not null,
            KmsKeyArn = null,
        };
        if (AreValid(BrokerSettings.S3Bucket, BrokerSettings.S3ReadBucket) && replica == bucket with { KmsKeyArn = null })
        {
            _problems.Add("s3.read.bucket is the same bucket as s3.bucket; valid: a replica of it, or none.");
        }

        return replica;
    }

    private void CheckS3()
    {
        if (_role != ServerRole.Broker)
        {
            return;
        }

        if (!Given(BrokerSettings.S3Bucket))
        {
            // Whoever sets what is the default anyway has not asked for S3.
            if (BrokerSettings.OfS3.FirstOrDefault(setting => setting.Default is null && Given(setting)) is { } given)
            {
                _problems.Add($"{given.Key} is set, but s3.bucket is not. Set {WaysToSet(BrokerSettings.S3Bucket)}, or none of s3.");
            }

            return;
        }

        if (Given(BrokerSettings.ObjectStore))
        {
            _problems.Add("object.store and s3.bucket are both set; valid: one of them.");
        }

        if (!Given(BrokerSettings.S3Endpoint) && !Given(BrokerSettings.S3Region))
        {
            _problems.Add(
                $"s3.region is missing. Set {WaysToSet(BrokerSettings.S3Region)}; valid: {BrokerSettings.S3Region.ValidValues}; "
                + "or s3.endpoint for a store that is not Amazon's.");
        }

        if (Given(BrokerSettings.S3AccessKey) != Given(BrokerSettings.S3SecretKey))
        {
            var (present, absent) = Given(BrokerSettings.S3AccessKey)
                ? (BrokerSettings.S3AccessKey, BrokerSettings.S3SecretKey)
                : (BrokerSettings.S3SecretKey, BrokerSettings.S3AccessKey);
            _problems.Add($"{present.Key} is set, but {absent.Key} is not. Set {WaysToSet(absent)}; valid: both of them or none.");
        }

        // As with etcd, what was meant to be encrypted must not be in the clear.
        if (Given(BrokerSettings.S3CaFile) && Given(BrokerSettings.S3Endpoint) && AreValid(BrokerSettings.S3Endpoint)
            && Required(BrokerSettings.S3Endpoint).Scheme == Uri.UriSchemeHttp)
        {
            _problems.Add(
                $"s3.ca.file is set, but s3.endpoint ({Required(BrokerSettings.S3Endpoint).GetLeftPart(UriPartial.Authority)}) is without TLS; valid: https://.");
        }

        if (Given(BrokerSettings.S3SessionToken) && !Given(BrokerSettings.S3AccessKey))
        {
            _problems.Add($"s3.session.token is set, but s3.access.key is not. Set {WaysToSet(BrokerSettings.S3AccessKey)}; a token belongs to a key.");
        }
    }
}
