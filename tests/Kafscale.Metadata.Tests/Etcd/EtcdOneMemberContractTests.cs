namespace Kafscale.Metadata.Tests.Etcd;

public sealed class EtcdOneMemberContractTests(EtcdOneMemberContractTests.OneMember server)
    : EtcdStoreContract(server), IClassFixture<EtcdOneMemberContractTests.OneMember>
{
    public sealed class OneMember() : Server(1);
}
