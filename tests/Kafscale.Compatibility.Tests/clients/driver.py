"""What the scripts of all Python clients share: a command and a file of arguments in, one JSON object a line out."""

import base64
import json
import signal
import sys
import threading

terminated = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: terminated.set())


def emit(event, **properties):
    print(json.dumps({"event": event, **properties}), flush=event != "record")


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(content):
    return None if content is None else base64.b64encode(content).decode()


def emit_record(partition, offset, timestamp, key, value, headers):
    emit(
        "record",
        p=partition,
        o=offset,
        t=timestamp,
        k=encode(key),
        v=encode(value),
        h=[[name, encode(content)] for name, content in headers or []],
    )


def open_ends(ends, starts=None):
    """The partitions that have something to read, with their ends."""
    starts = starts or {}
    return {int(p): end for p, end in ends.items() if end > 0 and starts.get(int(p), 0) < end}


def drive(commands):
    command, file = sys.argv[1:]
    with open(file, encoding="utf-8") as arguments:
        parsed = json.load(arguments)
    try:
        commands[command](**parsed)
    except Exception as error:  # whatever a client throws is what the test wants to know
        emit("error", message=f"{type(error).__name__}: {error}")
        sys.exit(1)
    sys.stdout.flush()
