namespace Kafscale.Operator.Topics;

/// <summary>The cluster did not do what it was asked.</summary>
/// <param name="message">Why, for a person.</param>
/// <param name="isFinal">Whether the same will be refused again; otherwise it did not answer.</param>
/// <param name="innerException">What it comes from.</param>
internal sealed class TopicRefusedException(string message, bool isFinal, Exception? innerException = null) : Exception(message, innerException)
{
    public bool IsFinal { get; } = isFinal;
}
