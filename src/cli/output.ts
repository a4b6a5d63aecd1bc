export interface TextStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Where a command's answer goes: words for people, or one JSON document. */
export interface Output {
  readonly json: boolean
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
    stderr,
    line(text = '') {
      if (!json) stdout.write(`${text}\n`)
    },
    document(value) {
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
  }
}
