namespace Kafscale.Cli.Running.Administration;

/// <summary>An error as RFC 9457 has it; its type is <c>about:blank</c>, so the title is that of the status.</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The status.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
internal sealed record HttpProblem(string Title, int Status, string Detail);
