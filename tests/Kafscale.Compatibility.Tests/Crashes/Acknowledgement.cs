namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>What a producer was told: the record of this number is in this partition at this offset.</summary>
internal readonly record struct Acknowledgement(int Producer, int Number, int Partition, long Offset);
