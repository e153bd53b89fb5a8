namespace Kafscale.Testing;

/// <summary>What a <see cref="FaultProxy"/> does to a request.</summary>
public enum ProxyFaultKind
{
    /// <summary>Forwards it after a while, unless the client has given up by then.</summary>
    Delay,

    /// <summary>Answers 503 <c>SlowDown</c> and forwards nothing.</summary>
    SlowDown,

    /// <summary>Takes it and never answers; nothing is forwarded.</summary>
    Hang,

    /// <summary>Forwards it at once and keeps the answer back for a while: what it does happens in time, the answer may come after the client gave up.</summary>
    AnswerLate,

    /// <summary>Forwards it after a while, whether or not the client still waits: what it does may happen after the client gave up.</summary>
    ApplyLate,

    /// <summary>Loses both connections in the middle of the request's body, or before the request where it has none.</summary>
    CutRequest,

    /// <summary>Forwards it and loses the client's connection in the middle of the answer's body, or before the answer where it has none.</summary>
    CutResponse,
}
