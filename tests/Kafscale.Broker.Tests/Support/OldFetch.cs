using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Support;

/// <summary>A partition of an answer to an old consumer.</summary>
internal sealed record OldFetch(ErrorCode Error, long HighWatermark, List<OldMessage> Messages, int Length);
