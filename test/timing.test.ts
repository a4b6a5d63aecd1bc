import { readFile } from 'node:fs/promises'
import t from 'tap'
import { authenticate } from '../src/inbox/authenticate.ts'
import { bootstrapCheck } from '../src/keys/bootstrap.ts'

/** Where what a stranger sends meets what he must not find out. */
const guards = [
  'src/inbox/authenticate.ts',
  'src/inbox/observe.ts',
  'src/inbox/signature.ts',
  'src/keys/bootstrap.ts',
  'src/keys/token.ts',
  'src/keys/verify.ts',
  'src/plugins/auth.ts',
]

/** What may be compared at once: that something is there, how long or of which kind it is. */
const harmless = [
  /^(undefined|null|\d+|'[^']*')$/,
  /\.length$/,
  /\.(status|now\(\))$/,
  // Public: it only tells a typo from a key, and everybody can compute it.
  /^checksum\(.*\)$/,
  // Names of the query, not what they hold.
  /^name$/,
]

t.test('no secret is compared letter by letter', async (t) => {
  let compared = 0
  for (const file of guards) {
    const source = await readFile(new URL(`../${file}`, import.meta.url), 'utf8')
    for (const [line, left = '', right = ''] of source.matchAll(
      /([\w.]+(?:\(.*\))?) [!=]==? ([\w.]+(?:\(.*\))?|'[^']*')/g,
    )) {
      compared += 1
      t.ok(
        harmless.some((each) => each.test(left) || each.test(right)),
        `${file}: ${line}`,
      )
    }
    t.notMatch(source, /\.(includes|startsWith|endsWith|indexOf|localeCompare)\((secret|key|token|expected|hash)/, file)
  }
  t.ok(compared > 15, `${compared} comparisons were looked at`)
})

t.test('each comparison of secrets takes the same time: hashes or digests of equal length', async (t) => {
  for (const file of [
    'src/inbox/authenticate.ts',
    'src/inbox/signature.ts',
    'src/keys/bootstrap.ts',
    'src/keys/verify.ts',
  ])
    t.match(await readFile(new URL(`../${file}`, import.meta.url), 'utf8'), /timingSafeEqual\((hash|a, b)/, file)
  const isKey = bootstrapCheck('tds_right')
  for (const other of ['', 't', 'tds_right ', 'tds_righ', 'tds_\u00fcber', 'x'.repeat(10_000)])
    t.doesNotThrow(() => t.notOk(isKey(other), 'another length is no error and no match'))
  const request = { query: [], body: Buffer.alloc(0), contentType: undefined, signature: undefined }
  for (const keyHeader of ['', 'right ', 'righ', '\u00fcber', 'x'.repeat(10_000)])
    t.match(authenticate({ ...request, keyHeader }, { secrets: [], key: 'right' }), { refused: 'wrong_key' })
})
