namespace Kafscale.Broker.Partitions;

/// <summary>
/// Mistakes made on purpose, one at a time, to prove that the simulation finds them. Release builds have none: there each of these is
/// false, and the compiler leaves out what depends on it.
/// </summary>
internal static class PlantedDefects
{
    public const string RollBackForgottenName = "roll-back-forgotten";
    public const string HighWatermarkBeforeCommitName = "high-watermark-before-commit";
    public const string DedupeWindowOfOneName = "dedupe-window-of-one";

#if PLANTED_DEFECTS
    private static string? _planted;

    public static bool RollBackForgotten => _planted == RollBackForgottenName;

    public static bool HighWatermarkBeforeCommit => _planted == HighWatermarkBeforeCommitName;

    public static bool DedupeWindowOfOne => _planted == DedupeWindowOfOneName;

    public static void Plant(string name) => _planted = name;
#else
    public static bool RollBackForgotten => false;

    public static bool HighWatermarkBeforeCommit => false;

    public static bool DedupeWindowOfOne => false;

    /// <exception cref="NotSupportedException">This is a release build.</exception>
    public static void Plant(string name) => throw new NotSupportedException($"'{name}' can be planted in debug builds only.");
#endif
}
