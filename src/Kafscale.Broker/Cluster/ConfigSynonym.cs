namespace Kafscale.Broker.Cluster;

/// <summary>One of the places where a configuration's value may come from.</summary>
/// <param name="Name">The configuration's name there.</param>
/// <param name="Value">The value that it has there.</param>
/// <param name="Source">The place.</param>
internal readonly record struct ConfigSynonym(string Name, string? Value, ConfigSource Source)
{
    /// <summary>The places where a broker setting's value may come from, the one that decides first.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="value">What it is.</param>
    /// <param name="productDefault">What it is where nobody sets it; <see langword="null"/>: somebody always does.</param>
    public static List<ConfigSynonym> OfBroker(string name, string? value, string? productDefault)
    {
        var synonyms = new List<ConfigSynonym>();
        if (value != productDefault)
        {
            synonyms.Add(new ConfigSynonym(name, value, ConfigSource.StaticBrokerConfig));
        }

        if (value == productDefault || productDefault is not null)
        {
            synonyms.Add(new ConfigSynonym(name, productDefault, ConfigSource.DefaultConfig));
        }

        return synonyms;
    }
}
