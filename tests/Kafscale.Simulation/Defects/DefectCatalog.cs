namespace Kafscale.Simulation.Defects;

/// <summary>All defects that can be planted.</summary>
internal static class DefectCatalog
{
    public static IReadOnlyList<Defect> All { get; } = [.. MetadataDefects.All, .. ObjectDefects.All, .. BrokerDefects.All];

    /// <exception cref="FormatException">There is none of that name.</exception>
    public static Defect Find(string name) =>
        All.FirstOrDefault(defect => defect.Name == name) ?? throw new FormatException($"There is no defect '{name}'; there are {string.Join(", ", All.Select(defect => defect.Name))}.");
}
