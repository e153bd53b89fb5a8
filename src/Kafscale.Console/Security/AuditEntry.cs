namespace Kafscale.Console.Security;

/// <summary>A change that somebody has made or tried to make.</summary>
/// <param name="At">When.</param>
/// <param name="User">Who.</param>
/// <param name="Action">What, as in "delete topic".</param>
/// <param name="Target">To what.</param>
/// <param name="Detail">More of it, such as the settings that were changed.</param>
/// <param name="Failure">Why it did not happen; null where it did.</param>
internal sealed record AuditEntry(DateTimeOffset At, string User, string Action, string Target, string Detail, string? Failure);
