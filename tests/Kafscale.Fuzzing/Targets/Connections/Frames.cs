using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Fuzzing.Targets.Connections;

/// <summary>Requests as clients send them: length, header, request.</summary>
internal static class Frames
{
    public static byte[] Create(IRequestMessage request, short version)
    {
        short headerVersion = ApiCatalog.RequestHeaderVersion(request.ApiKey, version);
        var header = new RequestHeader { RequestApiKey = (short)request.ApiKey, RequestApiVersion = version, CorrelationId = 1, ClientId = "fuzz" };
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        writer.WriteInt32(header.Size(headerVersion) + request.Size(version));
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        writer.Complete();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Has the last frame end where the input does.</summary>
    public static void RepairLengths(Span<byte> frames)
    {
        while (frames.Length >= sizeof(int))
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(frames);
            int remaining = frames.Length - sizeof(int);
            if (length < 0 || length > remaining)
            {
                BinaryPrimitives.WriteInt32BigEndian(frames, remaining);
                return;
            }

            frames = frames[(sizeof(int) + length)..];
        }
    }
}
