namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>Where an object is.</summary>
public readonly record struct ObjectKey(string Group, string Plural, string Namespace, string Name);
