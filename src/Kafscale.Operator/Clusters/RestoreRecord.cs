using System.Globalization;
using k8s.Models;

namespace Kafscale.Operator.Clusters;

/// <summary>What is recorded of a restore before each of its steps, so that whoever comes next goes on where it was.</summary>
/// <param name="Phase">How far it has come.</param>
/// <param name="Number">Counts the cluster's restores from 1.</param>
/// <param name="Attempt">Counts its rebuilds from 1; 0 before the first.</param>
/// <param name="StartedAt">When it was found to be needed.</param>
/// <param name="NotBefore">When the attempt may begin.</param>
/// <param name="AcceptsLoss">Whether the attempt goes on where something is lost for good.</param>
internal sealed record RestoreRecord(RestorePhase Phase, int Number, int Attempt, DateTimeOffset StartedAt, DateTimeOffset NotBefore, bool AcceptsLoss)
{
    private const string PhaseKey = "phase";
    private const string NumberKey = "number";
    private const string AttemptKey = "attempt";
    private const string StartedAtKey = "startedAt";
    private const string NotBeforeKey = "notBefore";
    private const string AcceptsLossKey = "acceptsLoss";

    /// <summary>Reads what was recorded.</summary>
    /// <exception cref="FormatException">Somebody has changed it so that it says nothing.</exception>
    public static RestoreRecord? Read(V1ConfigMap? map)
    {
        if (map?.Data is not { } data)
        {
            return null;
        }

        return Enum.TryParse<RestorePhase>(TextOf(data, PhaseKey), out var phase) && Enum.IsDefined(phase)
            && int.TryParse(TextOf(data, NumberKey), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && int.TryParse(TextOf(data, AttemptKey), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            && TryParse(TextOf(data, StartedAtKey), out var startedAt)
            && TryParse(TextOf(data, NotBeforeKey), out var notBefore)
            && bool.TryParse(TextOf(data, AcceptsLossKey), out var acceptsLoss)
                ? new RestoreRecord(phase, number, attempt, startedAt, notBefore, acceptsLoss)
                : throw new FormatException($"The ConfigMap {map.Metadata.Name} cannot be read; put back what it was, or delete it where no restore is going on.");
    }

    public Dictionary<string, string> ToData() => new()
    {
        [PhaseKey] = Phase.ToString(),
        [NumberKey] = Number.ToString(CultureInfo.InvariantCulture),
        [AttemptKey] = Attempt.ToString(CultureInfo.InvariantCulture),
        [StartedAtKey] = StartedAt.ToString("O", CultureInfo.InvariantCulture),
        [NotBeforeKey] = NotBefore.ToString("O", CultureInfo.InvariantCulture),
        [AcceptsLossKey] = AcceptsLoss ? "true" : "false",
    };

    private static string? TextOf(IDictionary<string, string> data, string key) => data.TryGetValue(key, out var text) ? text : null;

    private static bool TryParse(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
