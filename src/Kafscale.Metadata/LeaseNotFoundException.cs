namespace Kafscale.Metadata;

/// <summary>There is no such lease, or no longer.</summary>
public sealed class LeaseNotFoundException(long leaseId, Exception? innerException = null)
    : Exception($"The lease {leaseId:x16} does not exist or has expired.", innerException)
{
    /// <summary>The lease that was named.</summary>
    public long LeaseId { get; } = leaseId;
}
