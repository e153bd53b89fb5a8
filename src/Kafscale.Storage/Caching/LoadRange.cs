namespace Kafscale.Storage.Caching;

/// <summary>The bytes of an object that are worth loading together with those that were asked for.</summary>
/// <param name="From">The first.</param>
/// <param name="To">Behind the last.</param>
/// <param name="Limit">How far a load may go on that would be too small otherwise.</param>
internal readonly record struct LoadRange(long From, long To, long Limit);
