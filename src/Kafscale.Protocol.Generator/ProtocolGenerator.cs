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
        IncrementalValueProvider<ImmutableArray<DefinitionFile>> allFiles = files.Collect();
        context.RegisterSourceOutput(files, ReportProblems);
        context.RegisterSourceOutput(allFiles, ReportDuplicates);

        // A file at a time from here on, so that an edit emits again only the messages of the edited file.
        IncrementalValuesProvider<DefinitionFile> usable = allFiles.SelectMany((all, _) => Usable(all));
        context.RegisterSourceOutput(usable, EmitMessages);
        IncrementalValueProvider<ImmutableArray<CatalogEntry>> entries = usable
            .Where(file => file.ApiKey is not null)
            .Select((file, _) => new CatalogEntry(file))
            .Collect();
        context.RegisterSourceOutput(entries.WithComparer(CatalogComparer.Instance), EmitCatalog);
    }

    private static List<DefinitionFile> Usable(ImmutableArray<DefinitionFile> files)
    {
        HashSet<DefinitionFile> duplicates = [.. FindDuplicates(files).Select(duplicate => duplicate.File)];
        return files.Where(file => file.Problems.Count == 0 && !duplicates.Contains(file)).ToList();
    }

    private static List<(DefinitionFile File, string Message)> FindDuplicates(ImmutableArray<DefinitionFile> files)
    {
        var duplicates = new List<(DefinitionFile File, string Message)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var keys = new HashSet<short>();
        foreach (DefinitionFile file in files)
        {
            if (!names.Add(file.Name))
            {
                duplicates.Add((file, $"{file.Name} is defined in another file too"));
            }
            else if (file.ApiKey is short key && !keys.Add(key))
            {
                duplicates.Add((file, $"API key {key} is defined in another file too"));
            }
        }

        return duplicates;
    }

    private static void ReportProblems(SourceProductionContext context, DefinitionFile file)
    {
        foreach (Problem problem in file.Problems)
        {
            DiagnosticDescriptor descriptor = problem.Kind == ProblemKind.Syntax ? Diagnostics.Syntax : Diagnostics.Meaning;
            context.ReportDiagnostic(Diagnostic.Create(descriptor, Locate(file, problem.Span), problem.Message));
        }
    }

    private static void ReportDuplicates(SourceProductionContext context, ImmutableArray<DefinitionFile> files)
    {
        foreach ((DefinitionFile file, string message) in FindDuplicates(files))
        {
            context.ReportDiagnostic(Diagnostic.Create(Diagnostics.Meaning, Locate(file, file.NameSpan), message));
        }
    }

    private static void EmitMessages(SourceProductionContext context, DefinitionFile file)
    {
        foreach (MessageDefinition message in file.Messages)
        {
            context.AddSource(message.Name + ".g.cs", SourceText.From(MessageEmitter.Emit(file, message), Encoding.UTF8));
        }
    }

    private static void EmitCatalog(SourceProductionContext context, ImmutableArray<CatalogEntry> entries)
    {
        context.AddSource("ApiKey.g.cs", SourceText.From(CatalogEmitter.EmitApiKeys(entries), Encoding.UTF8));
        context.AddSource("ApiCatalog.g.cs", SourceText.From(CatalogEmitter.EmitCatalog(entries), Encoding.UTF8));
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
