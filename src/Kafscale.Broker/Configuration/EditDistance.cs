namespace Kafscale.Broker.Configuration;

/// <summary>How many characters have to be inserted, removed or replaced to make one text of another.</summary>
internal static class EditDistance
{
    public static int Between(string from, string to)
    {
        // One row of the usual table: row[j] is the distance from the first i characters to the first j.
        var row = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[to.Length];
    }
}
