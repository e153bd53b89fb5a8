namespace Kafscale.Protocol;

/// <summary>Bytes that are not a message of the protocol. The message names the field and what is wrong with it.</summary>
public sealed class MalformedMessageException : Exception
{
    public MalformedMessageException(string message)
        : base(message)
    {
    }
}
