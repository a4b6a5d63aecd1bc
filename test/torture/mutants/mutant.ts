/** One line changed on purpose, so that one promise is broken: the named tests must notice. */
export interface Mutant {
  readonly name: string
  /** What no longer holds, in words of docs/guarantees.md. */
  readonly breaks: string
  readonly file: string
  /** Occurs exactly once in the file; its last line is the one that changes. */
  readonly from: string
  readonly to: string
  /** Each of these must fail. */
  readonly tests: readonly string[]
}

/** @throws where the line is not there, or there twice: the list has fallen behind the code */
export function mutate(source: string, { name, file, from, to }: Mutant): string {
  const found = source.split(from).length - 1
  if (found !== 1) throw new Error(`${name} does not apply any more: ${file} holds its line ${found} times`)
  return source.replace(from, () => to)
}
