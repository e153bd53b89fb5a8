namespace Kafscale.Operator.Kubernetes;

/// <summary>
/// Lets the client's calls for any kind of resource reach the core's kinds as well: their group is empty, and their addresses begin in another way.
/// </summary>
internal sealed class CoreGroupHandler : DelegatingHandler
{
    private const string Written = "/apis//v1/";
    private const string Meant = "/api/v1/";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { } address && address.AbsoluteUri.Contains(Written, StringComparison.Ordinal))
        {
            request.RequestUri = new Uri(address.AbsoluteUri.Replace(Written, Meant, StringComparison.Ordinal));
        }

        return base.SendAsync(request, cancellationToken);
    }
}
