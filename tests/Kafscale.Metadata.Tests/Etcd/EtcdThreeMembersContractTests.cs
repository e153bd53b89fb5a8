namespace Kafscale.Metadata.Tests.Etcd;

public sealed class EtcdThreeMembersContractTests(EtcdThreeMembersContractTests.ThreeMembers server)
    : EtcdStoreContract(server), IClassFixture<EtcdThreeMembersContractTests.ThreeMembers>
{
    public sealed class ThreeMembers() : Server(3);
}
