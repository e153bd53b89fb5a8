namespace Kafscale.Console.Api;

/// <summary>Messages that were found.</summary>
/// <param name="State">done, stopped (time was up) or failed.</param>
/// <param name="Scanned">How many were looked at.</param>
/// <param name="ScannedBytes">How many bytes of keys and values these had.</param>
/// <param name="Messages">Those that were found, the beginning of long ones.</param>
internal sealed record MessagesView(string State, long Scanned, long ScannedBytes, IReadOnlyList<MessageView> Messages);
