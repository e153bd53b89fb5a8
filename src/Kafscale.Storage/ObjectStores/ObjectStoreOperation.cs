namespace Kafscale.Storage.ObjectStores;

/// <summary>The operations of <see cref="IObjectStore"/>, as they are counted.</summary>
public enum ObjectStoreOperation
{
    /// <summary><see cref="IObjectStore.PutAsync"/>.</summary>
    Put,

    /// <summary><see cref="IObjectStore.ReadAsync"/>.</summary>
    Get,

    /// <summary><see cref="IObjectStore.HeadAsync"/>.</summary>
    Head,

    /// <summary><see cref="IObjectStore.ListAsync"/>; one listing is several requests.</summary>
    List,

    /// <summary><see cref="IObjectStore.DeleteAsync"/>.</summary>
    Delete,
}
