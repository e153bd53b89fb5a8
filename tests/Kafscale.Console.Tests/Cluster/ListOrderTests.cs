using Kafscale.Console.Cluster;

namespace Kafscale.Console.Tests.Cluster;

public sealed class ListOrderTests
{
    private static readonly Dictionary<string, Func<(string Name, long? Size), IComparable?>> Columns = new() { ["name"] = row => row.Name, ["size"] = row => row.Size };

    [Theory]
    [InlineData(null, "B,a,b")]
    [InlineData("name", "B,a,b")]
    [InlineData("-name", "b,a,B")]
    [InlineData("size", "b,B,a")]
    [InlineData("-size", "B,b,a")]
    [InlineData("-none", "B,a,b")]
    [InlineData("-", "B,a,b")]
    public void Rows_are_ordered_as_the_address_says_and_what_is_not_known_is_last(string? text, string names)
    {
        (string Name, long? Size)[] rows = [("b", 1), ("a", null), ("B", 2)];

        Assert.Equal(names, string.Join(',', ListOrder.Parse(text, Columns.Keys).Sort(rows, Columns).Select(row => row.Name)));
    }

    [Fact]
    public void A_column_that_is_chosen_again_turns_round()
    {
        var order = ListOrder.Parse(null, Columns.Keys);

        Assert.Equal("-size", order.Choose("size", isNumber: true).ToString());
        Assert.Equal("size", order.Choose("size", isNumber: true).Choose("size", isNumber: true).ToString());
        Assert.Equal("-name", order.Choose("name", isNumber: false).ToString());
    }
}
