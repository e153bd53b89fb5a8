using Kafscale.Protocol.Messages;

namespace Kafscale.Protocol.Tests.Messages;

public sealed class UnsupportedValueTests
{
    [Fact]
    public void A_field_that_the_version_lacks_must_have_its_default()
    {
        var request = new MetadataRequest { AllowAutoTopicCreation = false };

        AssertRefused(request, version: 3, "MetadataRequest.AllowAutoTopicCreation is set, and version 3 does not have it.");
        Assert.Equal(5, request.Size(4));
    }

    [Fact]
    public void An_ignorable_field_is_left_out_of_versions_that_lack_it()
    {
        var response = new ApiVersionsResponse { ThrottleTimeMs = 5, FinalizedFeaturesEpoch = 7 };

        Assert.Equal("0000" + "00000000", MessageBytes.WriteHex(response, version: 0));
    }

    [Fact]
    public void Null_is_written_only_in_versions_that_allow_it()
    {
        var request = new MetadataRequest { Topics = null };

        AssertRefused(request, version: 0, "MetadataRequest.Topics is null, and cannot be in version 0.");
        Assert.Equal("ffffffff", MessageBytes.WriteHex(request, version: 1));
    }

    [Fact]
    public void Nested_structs_are_checked_too()
    {
        var request = new MetadataRequest { Topics = [new() { Name = null }] };

        AssertRefused(request, version: 9, "MetadataRequestTopic.Name is null, and cannot be in version 9.");
    }

    [Fact]
    public void Records_must_be_there_in_versions_that_do_not_allow_null() => AssertRefused(
        new ShareFetchResponse { Responses = { new() { Partitions = { new() } } } },
        version: 1,
        "PartitionData.Records is null, and cannot be in version 1.");

    [Fact]
    public void Unknown_tagged_fields_need_a_flexible_version()
    {
        var request = new MetadataRequest { UnknownTaggedFields = [new(1, [])] };

        AssertRefused(request, version: 8, "MetadataRequest.UnknownTaggedFields is set, and version 8 does not have it.");
        Assert.Equal("01" + "01" + "00" + "00" + "01" + "0100", MessageBytes.WriteHex(request, version: 9));
    }

    [Fact]
    public void A_string_that_was_set_to_null_against_its_type_is_refused()
    {
        var request = new HeartbeatRequest { GroupId = null! };

        Assert.Throws<ArgumentNullException>(() => request.Size(0));
        Assert.Throws<ArgumentNullException>(() => MessageBytes.Write(request, 0));
    }

    [Fact]
    public void A_string_longer_than_32767_bytes_is_refused()
    {
        var request = new HeartbeatRequest { GroupId = new string('é', 16_384) };

        Assert.Throws<ArgumentException>(() => request.Size(0));
        Assert.Throws<ArgumentException>(() => MessageBytes.Write(request, 4));
    }

    private static void AssertRefused(IMessage message, short version, string because)
    {
        Assert.Equal(because, Assert.Throws<UnsupportedVersionException>(() => message.Size(version)).Message);
        Assert.Equal(because, Assert.Throws<UnsupportedVersionException>(() => MessageBytes.Write(message, version)).Message);
    }
}
