namespace Kafscale.Operator.Kubernetes;

/// <summary>An object that a cluster needs is there already, and is not the cluster's.</summary>
internal sealed class ForeignObjectException(string message) : Exception(message);
