using System.Text;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>A span as it was sent.</summary>
/// <param name="TraceId">In hexadecimal.</param>
/// <param name="Id">In hexadecimal.</param>
/// <param name="ParentId">In hexadecimal; empty where there is none.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Links">The trace and span ids of its links.</param>
internal sealed record OtlpSpan(string TraceId, string Id, string ParentId, string Name, IReadOnlyList<(string TraceId, string Id)> Links)
{
    public static OtlpSpan Parse(byte[] message) => new(
        Hex(message, 1),
        Hex(message, 2),
        Hex(message, 4),
        Encoding.UTF8.GetString(OtlpReceiver.Fields(message, 5).Single()),
        [.. OtlpReceiver.Fields(message, 13).Select(link => (Hex(link, 1), Hex(link, 2)))]);

    private static string Hex(byte[] message, int number) => Convert.ToHexStringLower(OtlpReceiver.Fields(message, number).SingleOrDefault([]));
}
