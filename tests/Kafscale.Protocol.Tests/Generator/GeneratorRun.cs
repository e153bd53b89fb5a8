using Kafscale.Protocol.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Kafscale.Protocol.Tests.Generator;

/// <summary>Runs the generator on definitions that are given as text.</summary>
internal sealed class GeneratorRun
{
    private static readonly CSharpCompilation Compilation = CSharpCompilation.Create("Messages");

    private GeneratorDriver _driver = CSharpGeneratorDriver.Create(
        [new ProtocolGenerator().AsSourceGenerator()],
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private readonly Dictionary<string, AdditionalText> _files = [];

    public GeneratorRunResult Result { get; private set; }

    public IEnumerable<string> FileNames => Result.GeneratedSources.Select(source => source.HintName).Order(StringComparer.Ordinal);

    public static GeneratorRun On(string definition) => new GeneratorRun().Set("Test.kafka", definition).Run();

    public GeneratorRun Set(string path, string text)
    {
        var file = new Definition(path, text);
        _driver = _files.TryGetValue(path, out AdditionalText? old)
            ? _driver.ReplaceAdditionalText(old, file)
            : _driver.AddAdditionalTexts([file]);
        _files[path] = file;
        return this;
    }

    public GeneratorRun Run()
    {
        _driver = _driver.RunGenerators(Compilation);
        Result = _driver.GetRunResult().Results.Single();
        return this;
    }

    public string Source(string fileName) => Result.GeneratedSources.Single(source => source.HintName == fileName).SourceText.ToString();

    private sealed class Definition(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
