// What the scripts of all JavaScript clients share: a command and a file of arguments in, one JSON object a line out.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export function emit (event, properties = {}) {
  process.stdout.write(JSON.stringify({ event, ...properties }) + '\n')
}

export function bytes (base64) {
  return base64 === null || base64 === undefined ? null : Buffer.from(base64, 'base64')
}

export function base64 (buffer) {
  return buffer === null || buffer === undefined ? null : Buffer.from(buffer).toString('base64')
}

export function emitRecord ({ partition, offset, timestamp, key, value, headers }) {
  emit('record', {
    p: Number(partition),
    o: Number(offset),
    t: Number(timestamp),
    k: base64(key),
    v: base64(value),
    h: headers.map(([name, content]) => [Buffer.from(name).toString(), base64(content)])
  })
}

// Counts down the partitions that have not been read to their ends.
export class Ends {
  constructor (ends, starts = {}) {
    this.ends = new Map(
      Object.entries(ends)
        .map(([partition, end]) => [Number(partition), end])
        .filter(([partition, end]) => end > 0 && (starts[partition] ?? 0) < end))
    this.reached = new Promise(resolve => { this.resolve = resolve })
    this.check()
  }

  isOpen (partition) {
    return this.ends.has(Number(partition))
  }

  passed (partition, offset) {
    if (Number(offset) >= this.ends.get(Number(partition)) - 1) {
      this.ends.delete(Number(partition))
      this.check()
    }
  }

  check () {
    if (this.ends.size === 0) {
      this.resolve()
    }
  }
}

export const terminated = once(process, 'SIGTERM')

function describe (error) {
  const messages = []
  for (let cause = error; cause; cause = cause.cause ?? cause.errors?.[0]) {
    messages.push([cause.type, cause.apiId, cause.message].filter(Boolean).join(': '))
  }
  return messages.join(' <- ')
}

export async function drive (commands) {
  const [, , command, file] = process.argv
  try {
    await commands[command](JSON.parse(readFileSync(file, 'utf8')))
    process.exitCode = 0
  } catch (error) {
    emit('error', { message: describe(error) })
    process.exitCode = 1
  }
  // A client that keeps a timer or a socket after it was closed must not keep the process.
  process.stdout.write('', () => process.exit())
}
