using Kafscale.Testing;
using Kafscale.Testing.Rados;

[assembly: AssemblyFixture(typeof(SharedRadosGateway))]

namespace Kafscale.Compatibility.Tests;

/// <summary>The same with the records in a bucket of its own on a real S3 server.</summary>
public sealed class S3BrokerFixture(SharedRadosGateway shared) : BrokerFixture
{
    /// <inheritdoc/>
    protected override async Task<BrokerProcess> StartBrokerAsync() =>
        await BrokerProcess.StartOnS3Async(await (await shared.GetAsync()).CreateBucketAsync());
}
