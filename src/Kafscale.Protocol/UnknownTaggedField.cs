namespace Kafscale.Protocol;

/// <summary>A tagged field that the definition does not know (KIP-482): a newer peer's, kept as bytes.</summary>
/// <param name="Tag">The tag, 0 or more.</param>
/// <param name="Data">The field's bytes without tag and size.</param>
public readonly record struct UnknownTaggedField(int Tag, byte[] Data);
