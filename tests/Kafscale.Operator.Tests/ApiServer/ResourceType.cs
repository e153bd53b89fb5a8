using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>A kind that the server has.</summary>
/// <param name="Group">Its group.</param>
/// <param name="Version">Its version.</param>
/// <param name="Plural">Its name in addresses.</param>
/// <param name="Kind">Its name in objects.</param>
/// <param name="HasStatus">Whether its status is written by itself.</param>
/// <param name="Schema">The schema, for kinds that a definition makes.</param>
/// <param name="ClrType">The type of the client's library, for the server's own kinds: an object with other fields is refused.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind, bool HasStatus, JsonObject? Schema = null, Type? ClrType = null)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
