/** A value as JSON shows it: times as text. */
export type JsonTimes<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? JsonTimes<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: JsonTimes<T[Key]> }
      : T

/** Rooms answer with times of the language; schemas of routes describe text. */
export function jsonTimes<T>(value: T): JsonTimes<T> {
  // What JSON makes of a tree of plain values is what the type says.
  return JSON.parse(JSON.stringify(value)) as JsonTimes<T>
}
