namespace Kafscale.Storage.Caching;

/// <summary>Memory that several parts use and that goes back to its pool with the last of them.</summary>
public interface IReferenceCounted
{
    /// <summary>Adds a reference; only somebody who holds one may call this.</summary>
    void Retain();

    /// <summary>Gives one reference back; the memory must not be touched afterwards.</summary>
    void Release();
}
