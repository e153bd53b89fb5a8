using System.Diagnostics;
using Kafscale.Testing;
using SharpFuzz;

namespace Kafscale.Fuzzing.Coverage;

/// <summary>This program in a copy of its folder in which the assemblies under test count the edges that they take.</summary>
internal static class InstrumentedProcess
{
    private static readonly string[] Assemblies = ["Kafscale.Protocol.dll", "Kafscale.Storage.dll", "Kafscale.Metadata.dll", "Kafscale.Broker.dll", "kafscale.dll"];

    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(IEnumerable<string> arguments)
    {
        string folder = RepositoryRoot.File("artifacts", "fuzzing", $"instrumented-{Environment.ProcessId}");
        try
        {
            Copy(AppContext.BaseDirectory, folder);
            foreach (string assembly in Assemblies)
            {
                Fuzzer.Instrument(Path.Combine(folder, assembly), _ => true, Options.Value);
            }

            using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, "kafscale-fuzz"), arguments))!;
            process.WaitForExit();
            return process.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
