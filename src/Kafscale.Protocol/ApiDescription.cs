namespace Kafscale.Protocol;

/// <summary>What the definition of an API says about its versions.</summary>
/// <param name="Key">The API.</param>
/// <param name="Name">Kafka's name of the API.</param>
/// <param name="MinVersion">The lowest version of request and response that can be read and written.</param>
/// <param name="MaxVersion">The highest version of request and response that can be read and written.</param>
/// <param name="MaxStableVersion">The highest version that is final; those above may still change and are not to be offered.</param>
/// <param name="FirstFlexibleVersion">The lowest version in the flexible encoding (KIP-482); null where there is none.</param>
public sealed record ApiDescription(
    ApiKey Key,
    string Name,
    short MinVersion,
    short MaxVersion,
    short MaxStableVersion,
    short? FirstFlexibleVersion);
