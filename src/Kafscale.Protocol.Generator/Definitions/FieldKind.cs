namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>The type of a field, or of the elements where the field is an array.</summary>
internal enum FieldKind
{
    Bool,
    Int8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct,
}
