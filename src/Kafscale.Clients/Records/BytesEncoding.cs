namespace Kafscale.Clients.Records;

/// <summary>How bytes are written.</summary>
internal enum BytesEncoding
{
    /// <summary>As they are.</summary>
    Text,

    Hex,

    Base64,

    /// <summary>A JSON string.</summary>
    Json,
}
