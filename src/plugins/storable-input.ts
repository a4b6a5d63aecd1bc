import fp from 'fastify-plugin'
import { inputError } from '../errors.ts'

/**
 * No text that PostgreSQL cannot hold reaches a handler of this scope: with a NUL or half a surrogate pair in it, the
 * caller hears where it is instead of a failure of ours. Nothing that a person or a program means to say holds one.
 */
export const storableInput = fp(
  async (app) => {
    app.addHook('preValidation', async ({ params, query, body }) => {
      for (const [place, value] of Object.entries({ params, querystring: query, body })) {
        const found = unstorable(value)
        if (!found) continue
        const pointer = `/${place}${found.at}`
        throw inputError('VALIDATION', `${pointer}: ${found.words}`, 400, {
          errors: [{ pointer, detail: found.words }],
        })
      }
    })
  },
  { name: 'tds-storable-input', fastify: '5.x' },
)

interface Unstorable {
  readonly at: string
  readonly words: string
}

/** Without recursion: nesting is the sender's choice. */
function unstorable(root: unknown): Unstorable | undefined {
  const left: (readonly [at: string, value: unknown])[] = [['', root]]
  for (let next = left.pop(); next; next = left.pop()) {
    const [at, value] = next
    if (typeof value === 'string') {
      const words = fault(value)
      if (words) return { at, words }
    } else if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
      for (const [name, part] of Object.entries(value)) {
        if (fault(name)) return { at, words: `a name of a member ${fault(name)}` }
        left.push([at.length > longestPointer ? at : `${at}/${name}`, part])
      }
    }
  }
  return undefined
}

/** A pointer is for people; where nesting goes on for ever the beginning says enough. */
const longestPointer = 200

const fault = (text: string): string | undefined =>
  text.includes('\0') ? 'holds a NUL character' : text.isWellFormed() ? undefined : 'holds half a surrogate pair'
