namespace Kafscale.Bench.Suite;

/// <summary>Where a broker that is measured keeps its records.</summary>
internal enum Store
{
    Memory,
    File,
    S3,
}
