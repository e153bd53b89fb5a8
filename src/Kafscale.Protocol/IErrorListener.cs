namespace Kafscale.Protocol;

/// <summary>Is told of the errors that a response carries.</summary>
public interface IErrorListener
{
    /// <summary>One error; never <see cref="ErrorCode.None"/>.</summary>
    void OnError(ErrorCode error);
}
