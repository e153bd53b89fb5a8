namespace Kafscale.Storage.ObjectStores;

/// <summary>What a put does where the key exists already.</summary>
public enum PutCondition
{
    /// <summary>Replaces the object.</summary>
    None,

    /// <summary>Fails with <see cref="ObjectAlreadyExistsException"/>; of several writers exactly one wins.</summary>
    IfNoneMatch,
}
