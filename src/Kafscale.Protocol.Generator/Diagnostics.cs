using Microsoft.CodeAnalysis;

namespace Kafscale.Protocol.Generator;

internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor Syntax = Error("KAF001", "The line does not follow the notation of definitions");

    public static readonly DiagnosticDescriptor Meaning = Error("KAF002", "The definition cannot be meant as it is written");

    private static DiagnosticDescriptor Error(string id, string title) =>
        new(id, title, "{0}", "Kafscale.Protocol", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
