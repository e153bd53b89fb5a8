using Kafscale.Fuzzing.Coverage;
using Kafscale.Fuzzing.Inputs;
using Kafscale.Fuzzing.Running;
using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Commands;

/// <summary>The command line.</summary>
internal static class FuzzCommand
{
    private const int Success = 0;
    private const int SomethingFound = 1;
    private const int WrongUsage = 2;

    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        try
        {
            switch (arguments)
            {
                case ["run", .. var rest]:
                    FuzzOptions options = FuzzOptions.Parse(rest);
                    return options.IsGuided && !EdgeMap.IsInstrumented ? InstrumentedProcess.Run(arguments) : Fuzz(options, output);
                case ["repeat", .. var rest]:
                    return Repeat(FuzzOptions.Parse(rest), output);
                case ["corpus"]:
                    return ReadCorpus(output);
                case ["targets"]:
                    foreach (FuzzTarget target in TargetCatalog.CreateAll())
                    {
                        output.WriteLine($"{target.Name,-18} {target.Examples.Count} examples");
                    }

                    return Success;
                default:
                    output.WriteLine(FuzzOptions.Usage);
                    return arguments is [] or ["--help"] ? Success : WrongUsage;
            }
        }
        catch (FormatException exception)
        {
            error.WriteLine(exception.Message);
            error.WriteLine(FuzzOptions.Usage);
            return WrongUsage;
        }
    }

    private static int Fuzz(FuzzOptions options, TextWriter output)
    {
        (IReadOnlyList<Finding> findings, _) = new Fuzzer(Find(options.Target), options.Seed, output).Run(options.Time, options.MaxInputs);
        foreach (Finding finding in findings)
        {
            if (options.Saves)
            {
                output.WriteLine($"kept in {KeptCorpus.Save(finding.Target, finding.Input)}");
            }
        }

        return findings.Count == 0 ? Success : SomethingFound;
    }

    private static int Repeat(FuzzOptions options, TextWriter output)
    {
        FuzzTarget target = Find(options.Target ?? throw new FormatException("--target is needed."))[0];
        byte[] input = options.Input ?? new InputSource(target, options.Seed).Create(options.Number).ToArray();
        Verdict verdict = Judge.Examine(target, input);
        output.WriteLine(Convert.ToHexStringLower(input));
        output.WriteLine(verdict.Problem ?? (verdict.IsRead ? "It is read." : "It is refused."));
        return verdict.Problem is null ? Success : SomethingFound;
    }

    private static int ReadCorpus(TextWriter output)
    {
        int exitCode = Success;
        foreach (FuzzTarget target in TargetCatalog.CreateAll())
        {
            foreach (string file in KeptCorpus.Files(target.Name))
            {
                Verdict verdict = Judge.Examine(target, File.ReadAllBytes(file));
                output.WriteLine($"{file}: {verdict.Problem ?? "as it must be"}");
                exitCode = verdict.Problem is null ? exitCode : SomethingFound;
            }
        }

        return exitCode;
    }

    private static IReadOnlyList<FuzzTarget> Find(string? name)
    {
        IReadOnlyList<FuzzTarget> targets = TargetCatalog.CreateAll();
        return name is null
            ? targets
            : [targets.FirstOrDefault(target => target.Name == name) ?? throw new FormatException($"There is no target {name}; there are {string.Join(", ", targets.Select(target => target.Name))}.")];
    }
}
