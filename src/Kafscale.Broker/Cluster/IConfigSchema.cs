namespace Kafscale.Broker.Cluster;

/// <summary>What may be set on one kind of resource.</summary>
internal interface IConfigSchema
{
    /// <summary>What is wrong with a name and a value as a client sets them, for a person; null where nothing is.</summary>
    string? FindFault(string name, string value);

    /// <summary>What a list has where nothing is set; null where there is no list of that name.</summary>
    string? FindDefaultList(string name);
}
