using System.Text;
using CsCheck;
using Kafscale.Cli.Records;

namespace Kafscale.Cli.Tests.Records;

public sealed class LineReaderTests
{
    [Fact]
    public async Task Lines_are_what_stands_between_their_ends_however_they_arrive() =>
        await Gen.Select(Gen.String[Gen.Char["ab\n\r"], 0, 200], Gen.Int[1, 70]).SampleAsync(async (text, chunk) =>
        {
            var lines = new List<string>();
            var reader = new LineReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), chunk), maxLength: 1000);
            while (await reader.ReadAsync(CancellationToken.None) is { } line)
            {
                lines.Add(Encoding.UTF8.GetString(line.Span));
            }

            var expected = text.Split('\n').ToList();
            if (expected[^1].Length == 0)
            {
                expected.RemoveAt(expected.Count - 1);
            }

            Assert.Equal(expected, lines);
        });

    [Fact]
    public async Task A_line_may_be_longer_than_the_first_buffer_but_not_than_is_allowed()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('a', 300_000) + "\nb");

        var reader = new LineReader(new ChunkedStream(bytes, 10_000), maxLength: 400_000);
        Assert.Equal(300_000, (await reader.ReadAsync(CancellationToken.None))!.Value.Length);
        Assert.Equal(1, (await reader.ReadAsync(CancellationToken.None))!.Value.Length);
        Assert.Null(await reader.ReadAsync(CancellationToken.None));

        var strict = new LineReader(new ChunkedStream(bytes, 10_000), maxLength: 100_000);
        await Assert.ThrowsAsync<FormatException>(async () => await strict.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task All_of_it_may_be_read_at_once()
    {
        var bytes = Encoding.UTF8.GetBytes("one\ntwo\n");

        Assert.Equal(bytes, (await new LineReader(new ChunkedStream(bytes, 3), maxLength: 100).ReadAllAsync(CancellationToken.None)).ToArray());
        Assert.Empty((await new LineReader(Stream.Null, maxLength: 100).ReadAllAsync(CancellationToken.None)).ToArray());
    }
}
