namespace Kafscale.Operator.Resources;

/// <summary>The names of the API that the custom resources make.</summary>
internal static class KafscaleApi
{
    public const string Group = "kafscale.io";
    public const string Version = "v1alpha1";
    public const string GroupVersion = Group + "/" + Version;

    /// <summary>What annotations and labels of ours begin with.</summary>
    public const string Prefix = Group + "/";
}
