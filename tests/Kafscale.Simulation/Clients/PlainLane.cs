using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Without idempotence: one batch after another, each sent until it is acknowledged, so that it may be there more than once; with acks 0 sent once.</summary>
internal sealed class PlainLane(Producer producer, LogKey log) : ProducerLane(producer, log)
{
    public override async Task RunAsync()
    {
        while (!Producer.IsStopRequested && !IsGone)
        {
            await Client.PauseAsync(Producer.Options.Pause);
            var batch = Build(-1, -1);
            if (Producer.Options.Acks == 0)
            {
                await SendOnceAsync(batch);
            }
            else
            {
                await SendUntilAcknowledgedAsync(batch);
            }
        }
    }

    private async Task SendOnceAsync(PendingBatch batch)
    {
        try
        {
            await SendUnansweredAsync(await ConnectAsync(), batch);
        }
        catch (IOException)
        {
            await LookAgainAsync();
        }
    }

    private async Task SendUntilAcknowledgedAsync(PendingBatch batch)
    {
        while (!IsGone)
        {
            try
            {
                if (Take(batch, await SendAsync(await ConnectAsync(), batch)))
                {
                    return;
                }
            }
            catch (IOException)
            {
                // Whoever leads is not known or not there.
            }

            await LookAgainAsync();
        }
    }
}
