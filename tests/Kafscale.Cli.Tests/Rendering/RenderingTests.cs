using System.Text.Json;
using CsCheck;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Tests.Rendering;

public sealed class RenderingTests
{
    private static readonly DateTimeOffset Time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Columns_are_as_wide_as_they_must_be_and_numbers_are_at_the_right()
    {
        var table = new Table("NAME", "LOG-START", "IDS");
        table.Add("orders", 7, new[] { 1, 2 });
        table.Add(null, 12345678901, Array.Empty<int>());

        Assert.Equal("NAME      LOG-START  IDS\norders            7  1,2\n-       12345678901  -\n", Text(table, isColoured: false));
    }

    [Fact]
    public void Only_terminals_get_colours()
    {
        var fields = new Fields().Add("NAME", "x");

        Assert.Contains('\e', Text(fields, isColoured: true));
        Assert.DoesNotContain('\e', Text(fields, isColoured: false));
    }

    [Fact]
    public void In_JSON_values_keep_their_types()
    {
        var table = new Table("NAME", "LOG-START", "IS-NEW", "LAG", "WHEN", "IDS");
        table.Add("a", 7L, true, null, Time, new[] { 1 });

        var row = JsonDocument.Parse(Renderer.ToJson(table)).RootElement[0];

        Assert.Equal(7, row.GetProperty("logStart").GetInt64());
        Assert.True(row.GetProperty("isNew").GetBoolean());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("lag").ValueKind);
        Assert.Equal("2026-03-01T12:00:00.000Z", row.GetProperty("when").GetString());
        Assert.Equal(1, row.GetProperty("ids")[0].GetInt32());
    }

    [Fact]
    public void A_report_is_one_object_with_its_tables_as_arrays()
    {
        var table = new Table("PARTITION");
        table.Add(0);

        var json = JsonDocument.Parse(Renderer.ToJson(new Report(new Fields().Add("TOPIC", "orders")).Add("partitions", table))).RootElement;

        Assert.Equal("orders", json.GetProperty("topic").GetString());
        Assert.Equal(0, json.GetProperty("partitions")[0].GetProperty("partition").GetInt32());
    }

    [Fact]
    public void Any_text_is_one_row_and_in_JSON_what_it_was() => Gen.String[0, 20].Where(text => !text.Any(char.IsSurrogate)).Sample(text =>
    {
        var table = new Table("A", "B");
        table.Add(text, 1);

        Assert.Equal(3, Text(table, isColoured: false).Split('\n').Length);
        Assert.DoesNotContain('\e', Text(table, isColoured: false));
        Assert.Equal(text, JsonDocument.Parse(Renderer.ToJson(table)).RootElement[0].GetProperty("a").GetString());
    });

    [Fact]
    public void A_row_has_a_cell_for_each_header() => Assert.Throws<ArgumentException>(() => new Table("A").Add(1, 2));

    private static string Text(IRendered rendered, bool isColoured)
    {
        var output = new StringWriter { NewLine = "\n" };
        rendered.WriteText(output, new TextStyle(isColoured));
        return output.ToString();
    }
}
