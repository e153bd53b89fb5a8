using Kafscale.Clients;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kafscale.Cli.Commands;

namespace Kafscale.Cli.Clients.Profiles;

/// <summary>
/// The file of the profiles, which only its owner may read: <c>profiles.json</c> in <c>$XDG_CONFIG_HOME/kafscale</c> or
/// <c>~/.config/kafscale</c>. A profile is a set of properties of a Kafka client.
/// </summary>
internal sealed class ProfileFile
{
    private const string CurrentProperty = "current";
    private const string ProfilesProperty = "profiles";
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;
    private const int MaxNameLength = 100;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyDictionary<string, string> _variables;

    private ProfileFile(string path, IReadOnlyDictionary<string, string> variables)
    {
        Path = path;
        _variables = variables;
    }

    /// <summary>Where it is, also where there is none.</summary>
    public string Path { get; }

    /// <summary>The file of whoever runs the command.</summary>
    public static ProfileFile Of(Surroundings surroundings)
    {
        var variables = surroundings.Variables;
        var folder = variables.GetValueOrDefault(ClientVariables.ConfigurationHome) is { Length: > 0 } configurationHome
            ? configurationHome
            : System.IO.Path.Combine(
                variables.GetValueOrDefault(ClientVariables.Home) is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        return new ProfileFile(System.IO.Path.Combine(folder, "kafscale", "profiles.json"), variables);
    }

    /// <summary>Whether a profile may be called that.</summary>
    public static bool IsName(string name) =>
        name.Length is >= 1 and <= MaxNameLength && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');

    /// <summary>The properties of a profile.</summary>
    /// <param name="name">The profile; null: the one that <c>KAFSCALE_PROFILE</c> names, or else the one in use, or else none.</param>
    /// <exception cref="CommandFailedException">There is no such profile, or the file is damaged.</exception>
    public IReadOnlyDictionary<string, string> Find(string? name)
    {
        name ??= _variables.GetValueOrDefault(ClientVariables.Profile);
        if (name is null && !File.Exists(Path))
        {
            return new Dictionary<string, string>();
        }

        var profiles = Read();
        if (string.IsNullOrEmpty(name ?? profiles.Current))
        {
            return new Dictionary<string, string>();
        }

        return profiles.ByName.TryGetValue(name ?? profiles.Current!, out var found)
            ? found
            : throw new CommandFailedException($"There is no profile {name ?? profiles.Current}: 'kafscale profile list' shows those in {Path}.");
    }

    /// <summary>Everything in it; nothing where there is no such file.</summary>
    /// <exception cref="CommandFailedException">It is damaged.</exception>
    public Profiles Read()
    {
        if (!File.Exists(Path))
        {
            return new Profiles(null, new SortedDictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal));
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path));
            var byName = new SortedDictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
            foreach (var profile in document.RootElement.GetProperty(ProfilesProperty).EnumerateObject())
            {
                byName[profile.Name] = profile.Value.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString()!);
            }

            return new Profiles(document.RootElement.TryGetProperty(CurrentProperty, out var current) ? current.GetString() : null, byName);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CommandFailedException($"{Path} is not a file of profiles: {e.Message} Correct it, or delete it and begin anew.");
        }
    }

    /// <summary>Replaces what is in it, all or nothing.</summary>
    public void Write(Profiles profiles)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Indented))
        {
            json.WriteStartObject();
            if (profiles.Current is { } current)
            {
                json.WriteString(CurrentProperty, current);
            }

            json.WriteStartObject(ProfilesProperty);
            foreach (var (name, properties) in profiles.ByName)
            {
                json.WriteStartObject(name);
                foreach (var (property, value) in properties.OrderBy(property => property.Key, StringComparer.Ordinal))
                {
                    json.WriteString(property, value);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        CreateFolder(System.IO.Path.GetDirectoryName(Path)!);
        var temporary = Path + ".new";
        File.Delete(temporary);
        using (var file = OpenNew(temporary))
        {
            file.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path, overwrite: true);
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerFolder);
        }
    }

    // Never readable to others, not even for a moment.
    private static FileStream OpenNew(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        return new FileStream(path, options);
    }
}
