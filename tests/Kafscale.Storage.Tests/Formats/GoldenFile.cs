using System.Globalization;

namespace Kafscale.Storage.Tests.Formats;

/// <summary>Reads the commented hexadecimal files that say what the formats are, byte by byte. Nothing writes them.</summary>
internal static class GoldenFile
{
    public static byte[] Read(string name)
    {
        var bytes = new List<byte>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", name)))
        {
            foreach (var digits in line.Split(';')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
                bytes.Add(byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        return [.. bytes];
    }
}
