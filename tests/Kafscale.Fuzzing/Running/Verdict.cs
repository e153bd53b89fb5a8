namespace Kafscale.Fuzzing.Running;

/// <summary>What became of an input.</summary>
/// <param name="IsRead">Whether it was read; otherwise it was refused.</param>
/// <param name="AllocatedBytes">What reading it allocated.</param>
/// <param name="Problem">What happened that must not happen; null where nothing did.</param>
internal readonly record struct Verdict(bool IsRead, long AllocatedBytes, string? Problem)
{
    public static Verdict Wrong(string problem) => new(IsRead: false, AllocatedBytes: 0, problem);
}
