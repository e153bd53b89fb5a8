namespace Kafscale.Broker.Configuration;

/// <summary>A setting whose values are read as <typeparamref name="T"/>.</summary>
public sealed record TypedSetting<T> : Setting
{
    /// <summary>How values are read.</summary>
    public required SettingType<T> Type { get; init; }

    /// <inheritdoc/>
    public override string ValidValues => Type.ValidValues;

    /// <inheritdoc/>
    public override bool IsSwitch => typeof(T) == typeof(bool);
}
