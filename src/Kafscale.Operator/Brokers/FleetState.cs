using k8s.Models;

namespace Kafscale.Operator.Brokers;

/// <summary>What the brokers' pods are doing.</summary>
/// <param name="StatefulSet">What they are made of; null where there is none yet.</param>
/// <param name="Pods">All of them, by number.</param>
/// <param name="Progress">What is being changed, in a sentence; null where nothing is.</param>
internal sealed record FleetState(V1StatefulSet? StatefulSet, IReadOnlyList<V1Pod> Pods, string? Progress);
