namespace Kafscale.Protocol;

/// <summary>A message that a broker answers with.</summary>
public interface IResponseMessage : IMessage
{
    /// <summary>The API that the response belongs to.</summary>
    ApiKey ApiKey { get; }
}
