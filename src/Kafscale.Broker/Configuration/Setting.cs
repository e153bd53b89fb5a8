namespace Kafscale.Broker.Configuration;

/// <summary>
/// One setting: its names, what it takes and what it is for. Parsing, help and the reference page all come from it.
/// </summary>
public abstract record Setting
{
    /// <summary>The name in a configuration file, in lower case with dots, such as <c>flush.interval.ms</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The chapter of the reference page that lists the setting.</summary>
    public required string Section { get; init; }

    /// <summary>What the setting does, in one or two sentences.</summary>
    public required string Description { get; init; }

    /// <summary>The value where none is given; null where there is none.</summary>
    public string? Default { get; init; }

    /// <summary>The default of <c>kafscale dev</c> where it is another one.</summary>
    public string? DevDefault { get; init; }

    /// <summary>Another name of the flag, such as <c>--listen</c>.</summary>
    public string? FlagAlias { get; init; }

    /// <summary>The commands that take the setting.</summary>
    public ServerRole Roles { get; init; } = ServerRole.Both;

    /// <summary>The commands that do not start without a value.</summary>
    public ServerRole RequiredBy { get; init; }

    /// <summary>Whether somebody who tries Kafscale needs it, so that <c>kafscale dev --help</c> shows it.</summary>
    public bool IsShownByDev { get; init; }

    /// <summary>Whether the value must never be shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>
    /// The feature that the setting belongs to, where this version does not have it. Such a setting is known so that
    /// it can be refused by name; only its default, which is what this version does, is accepted.
    /// </summary>
    public string? MissingFeature { get; init; }

    /// <summary>The name of the environment variable, such as <c>KAFSCALE_FLUSH_INTERVAL_MS</c>.</summary>
    public string EnvironmentName => EnvironmentNames.Prefix + Key.Replace('.', '_').ToUpperInvariant();

    /// <summary>The flag, such as <c>--flush-interval-ms</c>.</summary>
    public string Flag => "--" + Key.Replace('.', '-');

    /// <summary>What values are valid, to follow the word "valid:".</summary>
    public abstract string ValidValues { get; }

    /// <summary>Whether a flag without a value means true.</summary>
    public abstract bool IsSwitch { get; }

    /// <summary>The default in a role; null where there is none.</summary>
    public string? DefaultFor(ServerRole role) => role == ServerRole.Dev ? DevDefault ?? Default : Default;
}
