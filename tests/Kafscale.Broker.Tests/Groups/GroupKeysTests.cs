using System.Text;
using CsCheck;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Tests.Groups;

public sealed class GroupKeysTests
{
    private static readonly GroupKeys Keys = new(new MetadataKeys("/kafscale/production"));

    [Theory]
    [InlineData("payments", "payments")]
    [InlineData("a.b_c-D9", "a.b_c-D9")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("100%", "100%25")]
    [InlineData("grüße", "gr%C3%BC%C3%9Fe")]
    [InlineData("..", "..")]
    [InlineData("", "%")]
    public void Ids_are_percent_encoded(string groupId, string encoded)
    {
        Assert.True(Keys.TryEncode(groupId, out var actual));
        Assert.Equal(encoded, actual);
    }

    [Fact]
    public void Any_id_comes_back_from_the_key_of_its_offset() => Gen.String.Sample(groupId =>
    {
        if (!Keys.TryEncode(groupId, out var encoded))
        {
            return;
        }

        var topicId = Guid.NewGuid();
        Assert.True(Keys.TryParseOffset(Keys.Offset(encoded, topicId, int.MaxValue), out var parsed, out var parsedTopic, out var partition));
        Assert.Equal((groupId, topicId, int.MaxValue), (parsed, parsedTopic, partition));
    });

    [Fact]
    public void No_id_reaches_another_ones_keys() => Gen.Select(Gen.String, Gen.String).Sample((first, second) =>
    {
        if (first != second && Keys.TryEncode(first, out var firstEncoded) && Keys.TryEncode(second, out var secondEncoded))
        {
            Assert.NotEqual(Keys.Group(firstEncoded), Keys.Group(secondEncoded));
            Assert.False(Keys.GroupOffsets(firstEncoded).StartsWith(Keys.GroupOffsets(secondEncoded), StringComparison.Ordinal));
        }
    });

    [Fact]
    public void The_longest_id_still_fits_a_key()
    {
        var longest = new string('x', Keys.MaxEncodedBytes);

        Assert.True(Keys.TryEncode(longest, out var encoded));
        Assert.True(Encoding.UTF8.GetByteCount(Keys.Offset(encoded, Guid.NewGuid(), int.MaxValue)) <= MetadataLimits.KeyBytes);
        Assert.False(Keys.TryEncode(longest + "x", out _));
        Assert.False(Keys.TryEncode(new string('ü', (Keys.MaxEncodedBytes / 6) + 1), out _));
    }

    [Theory]
    [InlineData("/kafscale/production/offsets/g")]
    [InlineData("/kafscale/production/offsets/g/0")]
    [InlineData("/kafscale/production/offsets/g/00000000000000000000000000000000/x")]
    [InlineData("/kafscale/production/offsets/g/00000000000000000000000000000000/0/0")]
    [InlineData("/kafscale/production/offsets/%2/00000000000000000000000000000000/0")]
    [InlineData("/kafscale/production/offsets//00000000000000000000000000000000/0")]
    [InlineData("/kafscale/production/groups/g")]
    public void Other_keys_are_no_offsets(string key) => Assert.False(Keys.TryParseOffset(key, out _, out _, out _));

    [Fact]
    public void A_groups_key_tells_its_id() => Gen.String.Sample(groupId =>
    {
        if (Keys.TryEncode(groupId, out var encoded))
        {
            Assert.True(Keys.TryParseGroup(Keys.Group(encoded), out var parsed));
            Assert.Equal(groupId, parsed);
            Assert.True(Keys.TryParseConfigs(Keys.Configs(encoded), out parsed));
            Assert.Equal(groupId, parsed);
            Assert.InRange(Encoding.UTF8.GetByteCount(Keys.Configs(encoded)), 1, MetadataLimits.KeyBytes);
        }
    });

    [Fact]
    public void Each_shard_has_a_writer_key_under_one_prefix()
    {
        Assert.Equal("/kafscale/production/coordinators/groups/49", Keys.Writer(49));
        Assert.StartsWith(Keys.Writers, Keys.Writer(49), StringComparison.Ordinal);
    }
}
