namespace Kafscale.Protocol;

/// <summary>A message that a broker answers with.</summary>
public interface IResponseMessage : IMessage
{
    /// <summary>The API that the response belongs to.</summary>
    ApiKey ApiKey { get; }

    /// <summary>Names every error that the response carries, as often as it carries it: one of a partition counts like one of the whole.</summary>
    void TellErrors(IErrorListener listener);
}
