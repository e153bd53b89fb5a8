namespace Kafscale.Operator.Clusters;

/// <summary>What a restore is doing now.</summary>
/// <param name="IsActive">Whether brokers must not run.</param>
/// <param name="Reason">In a word; null where there is no restore.</param>
/// <param name="Message">In a sentence.</param>
internal sealed record RestoreState(bool IsActive, string? Reason, string Message)
{
    public static readonly RestoreState None = new(false, null, "");
}
