using CsCheck;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests;

public sealed class ObjectKeysTests
{
    private static readonly Guid TopicId = new("01020304-0506-0708-090a-0b0c0d0e0f10");

    private readonly ObjectKeys _keys = new("prod/eu");

    [Fact]
    public void Keys_are_the_published_ones()
    {
        Assert.Equal("prod/eu/orders/3/segment-00000000000000000042.kfs", _keys.Segment("orders", 3, 42));
        Assert.Equal("prod/eu/orders/3/segment-00000000000000000042.index", _keys.Index("orders", 3, 42));
        Assert.Equal("prod/eu/wal/00000000000000ff/00000000000000000007.wal", _keys.Wal(255, 7));
        Assert.Equal("prod/eu/meta/manifest/0102030405060708090a0b0c0d0e0f10/3/00000000000000000012", _keys.Manifest(TopicId, 3, 12));
        Assert.Equal("prod/eu/meta/checkpoint/00000000000000ff/00000000000000000009", _keys.Checkpoint(255, 9));
    }

    [Fact]
    public void Keys_begin_with_the_prefix_that_lists_them()
    {
        Assert.StartsWith(_keys.PartitionPrefix("orders", 3), _keys.Segment("orders", 3, 42), StringComparison.Ordinal);
        Assert.StartsWith(_keys.WalPrefix, _keys.WalSessionPrefix(255), StringComparison.Ordinal);
        Assert.StartsWith(_keys.WalSessionPrefix(255), _keys.Wal(255, 7), StringComparison.Ordinal);
        Assert.StartsWith(_keys.ManifestPrefix(TopicId, 3), _keys.Manifest(TopicId, 3, 12), StringComparison.Ordinal);
        Assert.StartsWith(_keys.CheckpointPrefix, _keys.Checkpoint(255, 9), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_is_taken_apart_into_what_it_was_made_of() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], Gen.Int[0, int.MaxValue]).Sample((first, second, partition) =>
        {
            Assert.True(_keys.TryParseWal(_keys.Wal(first, second), out var session, out var sequence));
            Assert.Equal((first, second), (session, sequence));
            Assert.True(_keys.TryParseSegment(_keys.Segment("my.topic", partition, first), out var topicName, out var parsedPartition, out var offset));
            Assert.Equal(("my.topic", partition, first), (topicName, parsedPartition, offset));
            Assert.True(_keys.TryParseIndex(_keys.Index("my.topic", partition, first), out topicName, out parsedPartition, out offset));
            Assert.Equal(("my.topic", partition, first), (topicName, parsedPartition, offset));
            Assert.True(_keys.TryParseManifest(_keys.Manifest(TopicId, partition, first), out var topicId, out parsedPartition, out var version));
            Assert.Equal((TopicId, partition, first), (topicId, parsedPartition, version));
            Assert.True(_keys.TryParseCheckpoint(_keys.Checkpoint(first, second), out var writer, out version));
            Assert.Equal((first, second), (writer, version));
        });

    [Theory]
    [InlineData("")]
    [InlineData("prod/eu")]
    [InlineData("prod/eu/")]
    [InlineData("prod/us/orders/3/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/orders/3/segment-0000000000000000042.kfs")]
    [InlineData("prod/eu/orders/3/segment-00000000000000000042.kfs.tmp")]
    [InlineData("prod/eu/orders/3/segment--0000000000000000042.kfs")]
    [InlineData("prod/eu/orders/3/segment-99999999999999999999.kfs")]
    [InlineData("prod/eu/orders/3/segment-0000000000000000004\0.kfs")]
    [InlineData("prod/eu/orders/3\0/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/wal/00000000000000f\0/00000000000000000007.wal")]
    [InlineData("prod/eu/orders/03/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/orders/-3/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/orders/99999999999/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/orders/3/4/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/orders/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/a b/3/segment-00000000000000000042.kfs")]
    [InlineData("prod/eu/wal/00000000000000FF/00000000000000000007.wal")]
    [InlineData("prod/eu/wal/ff/00000000000000000007.wal")]
    [InlineData("prod/eu/wal/f0000000000000ff/00000000000000000007.wal")]
    [InlineData("prod/eu/wal/00000000000000ff-00000000000000000007.wal")]
    [InlineData("prod/eu/meta/manifest/0102030405060708090A0B0C0D0E0F10/3/00000000000000000012")]
    [InlineData("prod/eu/meta/manifest/0102030405060708090a0b0c0d0e0f10/3/12")]
    [InlineData("prod/eu/meta/checkpoint/00000000000000FF/00000000000000000009")]
    [InlineData("prod/eu/meta/checkpoint/ff/00000000000000000009")]
    [InlineData("prod/eu/meta/checkpoint/00000000000000ff/9")]
    public void Other_keys_are_not_taken_for_ours(string key)
    {
        Assert.False(_keys.TryParseWal(key, out _, out _));
        Assert.False(_keys.TryParseSegment(key, out _, out _, out _));
        Assert.False(_keys.TryParseIndex(key, out _, out _, out _));
        Assert.False(_keys.TryParseManifest(key, out _, out _, out _));
        Assert.False(_keys.TryParseCheckpoint(key, out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("tópico")]
    [InlineData("a\0")]
    public void An_invalid_topic_name_never_gets_into_a_key(string topicName)
    {
        Assert.Throws<ArgumentException>(() => _keys.Segment(topicName, 0, 0));
        Assert.Throws<ArgumentException>(() => _keys.Index(topicName, 0, 0));
        Assert.Throws<ArgumentException>(() => _keys.PartitionPrefix(topicName, 0));
    }

    [Fact]
    public void The_longest_names_make_valid_keys()
    {
        var keys = new ObjectKeys($"{new string('p', 250)}/{new string('p', 250)}/{new string('p', 10)}");
        ObjectKey.Validate(keys.Index(new string('t', TopicName.MaxLength), int.MaxValue, long.MaxValue));
        Assert.Throws<ArgumentException>(() => keys.Index(new string('t', TopicName.MaxLength + 1), 0, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/default")]
    [InlineData("default/")]
    [InlineData("../default")]
    public void An_invalid_namespace_is_refused(string prefix) => Assert.Throws<ArgumentException>(() => new ObjectKeys(prefix));

    [Fact]
    public void Negative_numbers_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.Wal(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.Wal(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.Segment("orders", -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.Segment("orders", 0, -1));
    }
}
