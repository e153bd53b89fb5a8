namespace Kafscale.Protocol;

/// <summary>A message that a client sends.</summary>
public interface IRequestMessage : IMessage
{
    /// <summary>The API that the request belongs to.</summary>
    ApiKey ApiKey { get; }
}
