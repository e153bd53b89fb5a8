using System.Buffers;
using System.Text;

namespace Kafscale.Protocol.Tests.Messages;

public sealed class RecentStringsTests
{
    private readonly RecentStrings _recent = new();

    [Fact]
    public void The_same_string_of_a_later_message_is_the_same_object()
    {
        string first = Read("orders");

        Assert.Same(first, Read("orders"));
        Assert.Same(first, Read("orders", segmentLength: 100));
    }

    [Fact]
    public void Strings_that_resemble_each_other_are_not_confused()
    {
        // Equal in length, first and last character, so that each takes the place of the one before.
        foreach (string text in (string[])["abcd", "axxd", "abcd", "", "a", "ä", "äb", "aä", "é", "\0", "\0\0"])
        {
            Assert.Equal(text, Read(text));
            Assert.Equal(text, Read(text));
        }
    }

    [Fact]
    public void Strings_of_any_length_are_read_as_they_are()
    {
        for (int length = 0; length < 600; length++)
        {
            string text = new('x', length);
            Assert.Equal(text, Read(text));
            Assert.Equal(text, Read(text));
        }
    }

    [Fact]
    public void What_is_not_UTF_8_is_refused_also_where_it_begins_and_ends_like_what_is_kept()
    {
        Read("abcd");

        Assert.Throws<MalformedMessageException>(() => Read([(byte)'a', 0xFF, 0xFF, (byte)'d'], segmentLength: 100));
    }

    private string Read(string text, int segmentLength = 1_000) => Read(Encoding.UTF8.GetBytes(text), segmentLength);

    private string Read(byte[] utf8, int segmentLength)
    {
        byte[] bytes = [(byte)(utf8.Length >> 8), (byte)utf8.Length, .. utf8];
        var reader = new MessageReader(Segments.Of(bytes, segmentLength), recent: _recent);
        return reader.ReadString(flexible: false, "Test");
    }
}
