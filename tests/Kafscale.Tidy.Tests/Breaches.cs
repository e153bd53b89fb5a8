namespace Kafscale.Tidy.Tests;

/// <summary>What breaks a rule.</summary>
internal static class Breaches
{
    /// <summary>Fails with all of them, where there are any.</summary>
    public static void AssertNone(IEnumerable<string> breaches)
    {
        var all = breaches.ToArray();
        Assert.True(all.Length == 0, $"{all.Length} places break this rule:\n{string.Join('\n', all)}");
    }
}
