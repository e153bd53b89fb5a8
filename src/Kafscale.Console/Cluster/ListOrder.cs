namespace Kafscale.Console.Cluster;

/// <summary>The order of a list, as the address of its page says: the name of a column, after a minus where it descends.</summary>
/// <param name="Column">The column's name in addresses.</param>
/// <param name="IsDescending">Whether the largest comes first.</param>
public sealed record ListOrder(string Column, bool IsDescending)
{
    /// <summary>Reads what an address says.</summary>
    /// <param name="text">As in <c>-size</c>; null: nothing is said.</param>
    /// <param name="columns">The names that there are, the one that is used where nothing is said first.</param>
    public static ListOrder Parse(string? text, IEnumerable<string> columns)
    {
        var isDescending = text?.StartsWith('-') == true;
        var column = isDescending ? text![1..] : text;
        return column is not null && columns.Contains(column) ? new ListOrder(column, isDescending) : new ListOrder(columns.First(), false);
    }

    /// <summary>The order after somebody has chosen a column: numbers begin with the largest, and a second time turns it round.</summary>
    public ListOrder Choose(string column, bool isNumber) => new(column, column == Column ? !IsDescending : isNumber);

    /// <summary>Sorts; what is not known comes last.</summary>
    public IEnumerable<T> Sort<T>(IEnumerable<T> items, IReadOnlyDictionary<string, Func<T, IComparable?>> columns)
    {
        var valueOf = columns[Column];
        var known = items.Select(item => (Item: item, Value: valueOf(item))).OrderBy(pair => pair.Value is null);
        return (IsDescending ? known.ThenByDescending(pair => pair.Value, Comparer) : known.ThenBy(pair => pair.Value, Comparer)).Select(pair => pair.Item);
    }

    /// <inheritdoc/>
    public override string ToString() => IsDescending ? "-" + Column : Column;

    // Names as Kafka orders them, the same everywhere.
    private static Comparer<IComparable?> Comparer { get; } = Comparer<IComparable?>.Create(
        (one, other) => one is string text ? string.CompareOrdinal(text, other as string) : System.Collections.Generic.Comparer<IComparable?>.Default.Compare(one, other));
}
