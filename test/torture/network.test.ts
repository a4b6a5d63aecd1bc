import { readFile } from 'node:fs/promises'
import t from 'tap'
import { pausingErrors } from '../../src/zoho/token-row.ts'
import { sharedServer } from '../helpers/database.ts'
import { network } from './network/network.ts'
import { elsewhere, table } from './network/table.ts'

const room = new URL('../../src/zoho/', import.meta.url)

t.test('every error that TDS knows of Zoho has its row, or a test that is named', async (t) => {
  const source = await readFile(new URL('errors.ts', room), 'utf8')
  const known = new Set([...source.matchAll(/\bZOHO_[A-Z_]+/g)].map(([code]) => code))
  const shown = new Set(table.flatMap(({ codes }) => codes))
  t.same([...known].filter((code) => !shown.has(code) && !(code in elsewhere)).toSorted(), [], 'without a row')
  t.same(
    Object.keys(elsewhere).filter((code) => !known.has(code) || shown.has(code)),
    [],
    'named in vain',
  )
})

t.test('every code of Zoho that errors.ts reads, and every line of its error table, has its row', async (t) => {
  const source = await readFile(new URL('errors.ts', room), 'utf8')
  const read = [...source.matchAll(/\[\s*(\d+),\s*verdict\(/g)].map(([, code]) => code)
  t.ok(read.length >= 11, 'the map of codes was found')
  const shown = table.flatMap(({ zoho }) => (zoho ? [zoho] : []))
  t.same(
    read.filter((code) => !shown.some((line) => line.endsWith(`/${code}`))),
    [],
  )
  t.same(
    lines.filter((line) => !shown.includes(line)),
    [],
  )
})

t.test('every refusal that pauses all calls has its row', async (t) => {
  t.ok(pausingErrors.length >= 5)
  t.same(
    pausingErrors.filter((code) => !table.some(({ codes }) => codes.includes(code))),
    [],
  )
})

t.test('a sample of the rows', { timeout: 240_000 }, async (t) => {
  const figures = await network.run({
    seed: 5,
    scale: 'short',
    server: await sharedServer(),
    signal: AbortSignal.timeout(240_000),
    print: (line) => t.comment(line),
  })
  t.ok((figures['calls that met one'] ?? 0) >= 3, JSON.stringify(figures))
})

/** As the error table of Zoho's API has them; the limits are in a table of their own. */
const lines = [
  '400/2',
  '401/14',
  '401/57',
  '-/6018',
  '404/5',
  '404/1002',
  '405/-',
  '429/44',
  '429/45',
  '429/1070',
  '429/43',
  '500/1000',
  '502/-',
  '503/-',
  '504/-',
  'oauth/invalid_code',
  'oauth/invalid_client',
  'oauth/invalid_client_secret',
  'oauth/Access Denied',
]
