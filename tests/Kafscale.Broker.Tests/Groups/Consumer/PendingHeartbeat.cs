using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>An answer that may be given once what it tells is stored.</summary>
internal sealed class PendingHeartbeat(ConsumerHeartbeatResult result, Task<ErrorCode>? storing)
{
    public bool IsCompleted => storing is null or { IsCompleted: true };

    public ConsumerHeartbeatResult Answer
    {
        get
        {
            Assert.True(IsCompleted, "It waits for the store.");
            var error = storing?.Result ?? ErrorCode.None;
            return error == ErrorCode.None ? result : ConsumerHeartbeatResult.Failed(error, "not stored");
        }
    }
}
