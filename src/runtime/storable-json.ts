declare global {
  // The language has it; the compiler's library does not know it yet.
  interface JSON {
    isRawJSON(value: unknown): value is { readonly rawJSON: string }
  }
}

/**
 * JSON text that `jsonb` accepts: NUL and lone surrogates, which JSON allows and PostgreSQL does not, become U+FFFD.
 * The scan of the finished text is cheap; only a text that holds a suspect escape is written again.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  return suspect.test(text) ? JSON.stringify(value, mend) : text
}

const suspect = /\\u(0000|d[89a-f][0-9a-f]{2})/i

function mend(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return mendText(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.isRawJSON(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [mendText(key), part]))
}

const mendText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
