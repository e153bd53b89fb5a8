namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Where the requests of a listing begin.</summary>
internal static class ListingPages
{
    /// <summary>Objects of one request; S3's limit, and its default.</summary>
    public const int PageSize = 1000;

    /// <summary>Whether asking for the next object may take a request, after so many objects.</summary>
    public static bool StartsAt(long objectsListed) => objectsListed % PageSize == 0;
}
