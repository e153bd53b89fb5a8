namespace Kafscale.Broker.Configuration;

/// <summary>
/// Published settings of features that this version does not have. They are known so that a broker that is told to
/// use such a feature says that it cannot, instead of running without it.
/// </summary>
internal static class SettingsOfLaterVersions
{
    private const string Control = "Control";
    private const string Security = "Access control";

    public static IReadOnlyList<Setting> All { get; } =
    [
        Later(Control, "control.addr", "Where the admin interface of the operator is served."),
        Later(Control, "allow.admin.apis", "Whether clients may create, change and delete topics and the like.", only: "true"),
        Later(Control, "proxy.protocol", "Whether connections begin with a PROXY protocol header.", only: "false"),
        Later(Security, "acl.enabled", "Whether access is checked.", only: "false"),
        Later(Security, "acl.json", "The access rules.", isSecret: true),
        Later(Security, "acl.file", "The file of the access rules."),
        Later(Security, "acl.fail.open", "Whether access is given where the rules cannot be read.", only: "false"),
        Later(Security, "principal.source", "Where the name of a client comes from."),
    ];

    private static TypedSetting<string> Later(string feature, string key, string description, bool isSecret = false, string? only = null) => new()
    {
        Section = feature,
        Key = key,
        Type = SettingTypes.Text(only is null ? "none in this version" : $"only {only} in this version"),
        Default = only,
        Description = description,
        IsSecret = isSecret,
        MissingFeature = feature,
    };
}
