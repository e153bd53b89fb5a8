namespace Kafscale.Protocol.Generator.Definitions;

internal enum MessageKind
{
    Request,
    Response,

    /// <summary>Neither: a header, or a value inside another message or a record.</summary>
    Plain,
}
