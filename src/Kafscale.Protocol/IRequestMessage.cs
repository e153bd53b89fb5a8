namespace Kafscale.Protocol;

/// <summary>A message that a client sends.</summary>
public interface IRequestMessage : IMessage
{
    /// <summary>The API that the request belongs to.</summary>
    ApiKey ApiKey { get; }

    /// <summary>
    /// Makes it as good as new. What was taken from it before (lists, and what is in them) must not be used any more: the next
    /// <see cref="IMessage.Read"/> fills it again.
    /// </summary>
    void Reset();
}
