namespace Kafscale.Broker.Tests.Support;

/// <summary>Where a broker crashes: at the operation that changes something in a store after so many others that do.</summary>
internal readonly record struct CrashPoint(int Step, CrashEffect Effect);
