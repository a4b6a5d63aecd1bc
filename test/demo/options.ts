import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** Ends after the sync, with 0 when everything matches. */
  readonly once: boolean
  /** Zoho's true limits on both sides. */
  readonly realLimits: boolean
  /** Size of the simulated organisation; the real one's without. */
  readonly items?: number
}

export const usage = `Usage: npm run demo -- [--once] [--real-limits]

  --once         ends after the sync; exit code 0 when the mirror equals the simulated Zoho
  --real-limits  Zoho's true limits: 3,848 calls at 90 a minute; older documents stay with the backfill, which says until when
  --items <n>    another size of the organisation, for tests

It honours DATABASE_URL, HOST, PORT and TDS_DATA_DIR.`

/** @throws when the arguments are not understood; undefined when only help is wanted */
export function readOptions(argv: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      once: { type: 'boolean', default: false },
      'real-limits': { type: 'boolean', default: false },
      items: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const items = values.items === undefined ? undefined : Number(values.items)
  if (items !== undefined && !(Number.isInteger(items) && items > 0)) throw new Error('--items wants a whole number')
  return { once: values.once, realLimits: values['real-limits'], ...(items !== undefined && { items }) }
}
