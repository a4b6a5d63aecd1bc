export interface TextStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** What the user types; `process.stdin` is one. */
export interface TextInput {
  readonly isTTY?: boolean
  setRawMode?(mode: boolean): unknown
  on(event: 'data' | 'end', listener: (chunk?: unknown) => void): unknown
  off(event: 'data' | 'end', listener: (chunk?: unknown) => void): unknown
  resume(): unknown
  pause(): unknown
}

/** Where a command's answer goes: words for people, or one JSON document. */
export interface Output {
  readonly json: boolean
  /** For what is drawn over itself; an answer goes through `line` and `document`. */
  readonly stdout: TextStream
  /** For progress and remarks; people read it, `--json` does not silence it because it is stderr. */
  readonly stderr: TextStream
  /** A line of the answer; nothing with `--json`. */
  line(text?: string): void
  /** The whole answer, once; printed with `--json` only. */
  document(value: unknown): void
}

export function createOutput(stdout: TextStream, stderr: TextStream, json: boolean): Output {
  return {
    json,
    stdout,
    stderr,
    line(text = '') {
      if (!json) stdout.write(`${text}\n`)
    },
    document(value) {
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
  }
}
