namespace Kafscale.Broker.Telemetry;

/// <summary>The values of an enumeration as a label, spelled as in <see cref="SnakeCase"/>.</summary>
/// <remarks>For enumerations whose values are 0, 1, 2 and so on.</remarks>
internal static class EnumLabels
{
    /// <summary>A label for each value, at the value's place.</summary>
    public static KeyValuePair<string, object?>[] Of<T>(string label)
        where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(name => new KeyValuePair<string, object?>(label, SnakeCase.Of(name)))];
}
