namespace Kafscale.Broker.Configuration;

/// <summary>How the text of a setting becomes a value.</summary>
/// <param name="ValidValues">What is valid, to follow the word "valid:".</param>
/// <param name="Parse">Reads the text; throws <see cref="FormatException"/> where it is not valid.</param>
public sealed record SettingType<T>(string ValidValues, Func<string, T> Parse);
