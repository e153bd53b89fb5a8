using k8s.Models;

namespace Kafscale.Operator.Kubernetes;

/// <summary>The conditions of a resource as they are now, in the order in which they are set.</summary>
/// <param name="before">As they were; null: there were none.</param>
/// <param name="generation">Of the resource that they are about.</param>
/// <param name="now">When.</param>
internal sealed class ConditionSet(IEnumerable<V1Condition>? before, long? generation, DateTimeOffset now)
{
    public const string True = "True";
    public const string False = "False";
    public const string Unknown = "Unknown";

    private const int MaxMessageLength = 2000;

    private readonly List<V1Condition> _before = [.. before ?? []];

    public List<V1Condition> All { get; } = [];

    /// <summary>Those whose reason is another one than before.</summary>
    public IEnumerable<V1Condition> Changed => All.Where(condition => Before(condition.Type) is not { } old || old.Reason != condition.Reason || old.Status != condition.Status);

    public void Set(string type, string status, string reason, string message)
    {
        var text = message.Length > MaxMessageLength ? message[..MaxMessageLength] : message;
        All.RemoveAll(condition => condition.Type == type);
        All.Add(new V1Condition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = text,
            ObservedGeneration = generation,
            LastTransitionTime = Before(type) is { } old && old.Status == status ? old.LastTransitionTime : WholeSeconds(now),
        });
    }

    /// <summary>Leaves a condition as it was.</summary>
    public void Keep(string type)
    {
        if (Before(type) is { } condition && All.TrueForAll(other => other.Type != type))
        {
            All.Add(condition);
        }
    }

    public V1Condition? Find(string type) => All.Find(condition => condition.Type == type);

    private V1Condition? Before(string type) => _before.Find(condition => condition.Type == type);

    // As the API server keeps times.
    private static DateTime WholeSeconds(DateTimeOffset time) => time.UtcDateTime.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
