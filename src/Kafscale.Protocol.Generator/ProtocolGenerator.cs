using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Kafscale.Protocol.Generator.Definitions;
using Kafscale.Protocol.Generator.Emitting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Kafscale.Protocol.Generator;

/// <summary>Turns every additional file that ends in <c>.kafka</c> into messages, and all of them into the catalog of APIs.</summary>
[Generator]
public sealed class ProtocolGenerator : IIncrementalGenerator
{
    private const string Extension = ".kafka";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<DefinitionFile> files = context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(Extension, StringComparison.Ordinal))
            .Select((file, cancellation) => DefinitionParser.Parse(file.Path, file.GetText(cancellation)?.ToString() ?? ""));
        context.RegisterSourceOutput(files, EmitFile);

        IncrementalValueProvider<ImmutableArray<CatalogEntry>> entries = files
            .Where(file => file.ApiKey is not null && file.Problems.Count == 0)
            .Select((file, _) => new CatalogEntry(file))
            .Collect();
        context.RegisterSourceOutput(entries.WithComparer(CatalogComparer.Instance), EmitCatalog);
        context.RegisterSourceOutput(files.Collect(), ReportDuplicates);
    }

    private static void EmitFile(SourceProductionContext context, DefinitionFile file)
    {
        foreach (Problem problem in file.Problems)
        {
            DiagnosticDescriptor descriptor = problem.Kind == ProblemKind.Syntax ? Diagnostics.Syntax : Diagnostics.Meaning;
            context.ReportDiagnostic(Diagnostic.Create(descriptor, Locate(file, problem.Span), problem.Message));
        }

        if (file.Problems.Count > 0)
        {
            return;
        }

        foreach (MessageDefinition message in file.Messages)
        {
            context.AddSource(message.Name + ".g.cs", SourceText.From(MessageEmitter.Emit(file, message), Encoding.UTF8));
        }
    }

    private static void EmitCatalog(SourceProductionContext context, ImmutableArray<CatalogEntry> entries)
    {
        List<CatalogEntry> distinct = entries.GroupBy(entry => entry.Key).Select(sameKey => sameKey.First()).ToList();
        context.AddSource("ApiKey.g.cs", SourceText.From(CatalogEmitter.EmitApiKeys(distinct), Encoding.UTF8));
        context.AddSource("ApiCatalog.g.cs", SourceText.From(CatalogEmitter.EmitCatalog(distinct), Encoding.UTF8));
    }

    private static void ReportDuplicates(SourceProductionContext context, ImmutableArray<DefinitionFile> files)
    {
        var keys = new HashSet<short>();
        foreach (DefinitionFile file in files)
        {
            if (file.ApiKey is short key && !keys.Add(key))
            {
                string message = $"API key {key} is defined in another file too";
                context.ReportDiagnostic(Diagnostic.Create(Diagnostics.Meaning, Locate(file, file.NameSpan), message));
            }
        }
    }

    private static Location Locate(DefinitionFile file, SourceSpan span)
    {
        TextLineCollection lines = SourceText.From(file.Text).Lines;
        var start = new LinePosition(span.Line, span.Column);
        var end = new LinePosition(span.Line, span.Column + span.Length);
        TextSpan characters = lines.GetTextSpan(new LinePositionSpan(start, end));
        return Location.Create(file.Path, characters, new LinePositionSpan(start, end));
    }
}
