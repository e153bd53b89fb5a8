using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>Answers the requests of one API. One instance serves all connections at the same time.</summary>
internal interface IRequestHandler
{
    ApiKey ApiKey { get; }

    /// <summary>The lowest version that is answered; ApiVersions lists exactly these.</summary>
    short MinVersion { get; }

    /// <summary>The highest version that is answered.</summary>
    short MaxVersion { get; }

    /// <summary>
    /// Whether a request may start while earlier ones of the same connection, which may overlap too, are in progress.
    /// All others start when everything before them on their connection is done, as in Kafka.
    /// </summary>
    bool MayOverlap { get; }

    /// <summary>
    /// Whether the handler reads the records of the request after its first wait. They are slices of the connection's
    /// buffers, which stay in place until <see cref="RequestContext.PayloadConsumed"/> or the end of the request, and
    /// until then the connection is not read. All other fields of a request are copies.
    /// </summary>
    bool HoldsPayload { get; }

    /// <summary>A message for the connection to read a request into, perhaps one that was given back.</summary>
    IRequestMessage CreateRequest();

    /// <summary>The request is answered, and nobody uses the message any more.</summary>
    void GiveBack(IRequestMessage request);

    /// <summary>What a client is told that the request failed; null where the response has no place for it.</summary>
    IResponseMessage? CreateErrorResponse(IRequestMessage request, ErrorCode errorCode);

    /// <summary>Answers a request; null where there is no answer (acks=0).</summary>
    /// <param name="context">Who asks, and in which version.</param>
    /// <param name="request">The request, made by <see cref="CreateRequest"/>.</param>
    /// <param name="cancellationToken">
    /// The broker stops and waits no longer. A client that has gone does not cancel anything, because what it asked for
    /// before (leaving a group, records with acks=0) counts: see <see cref="RequestContext.EndWaiting"/>.
    /// </param>
    ValueTask<IResponseMessage?> HandleAsync(RequestContext context, IRequestMessage request, CancellationToken cancellationToken);
}
