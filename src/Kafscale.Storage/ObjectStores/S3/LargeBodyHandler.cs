namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>
/// Sends a large body only once the store has said that it wants it (<c>Expect: 100-continue</c>), so that "slow down" and
/// "exists already" do not cost an upload each. The SDK would ask for small ones as well, which takes longer than sending them.
/// </summary>
internal sealed class LargeBodyHandler(HttpMessageHandler innerHandler) : DelegatingHandler(innerHandler)
{
    private const int AskFirstFromBytes = 1 << 20;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength >= AskFirstFromBytes;
        return base.SendAsync(request, cancellationToken);
    }
}
