using System.Text;

namespace Kafscale.Cli.Tests.Commands;

/// <summary>An input that has some lines and then nothing more, without an end, as a terminal has.</summary>
internal sealed class EndlessInput(string text) : Stream
{
    private readonly TaskCompletionSource _isRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MemoryStream _text = new(Encoding.UTF8.GetBytes(text));

    /// <summary>Completes when all lines have been taken.</summary>
    public Task IsRead => _isRead.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_text.Read(buffer.Span) is > 0 and var read)
        {
            return read;
        }

        _isRead.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
