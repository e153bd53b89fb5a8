using System.Security.Cryptography;
using Kafscale.Testing;

namespace Kafscale.Fuzzing.Running;

/// <summary>The inputs that were once read wrongly, in a folder for each target.</summary>
internal static class KeptCorpus
{
    private static string Folder => RepositoryRoot.File("tests", "Kafscale.Fuzzing", "Corpus");

    /// <summary>The files of a target, in the order of their names.</summary>
    public static IReadOnlyList<string> Files(string target)
    {
        string folder = Path.Combine(Folder, target);
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Keeps an input, under a name that its bytes give.</summary>
    /// <returns>The file.</returns>
    public static string Save(string target, byte[] input)
    {
        string file = Path.Combine(Folder, target, Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 8)) + ".bin");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, input);
        return file;
    }
}
