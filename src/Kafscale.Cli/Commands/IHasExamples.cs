namespace Kafscale.Cli.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal interface IHasExamples
{
    /// <summary>What the help ends with.</summary>
    string Examples { get; }
}
