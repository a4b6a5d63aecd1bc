import fc from 'fast-check'
import t from 'tap'
import { isToken } from '../../src/keys/index.ts'
import { newToken, readToken, writeToken } from '../../src/keys/token.ts'

t.test('what is written is read again, and looks as the contract says', (t) => {
  for (let n = 0; n < 100; n += 1) {
    const token = newToken()
    const text = writeToken(token)
    t.match(text, /^tds_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/)
    t.same(readToken(text), token)
  }
  t.end()
})

t.test('two tokens share nothing', (t) => {
  const tokens = Array.from({ length: 1_000 }, newToken)
  t.equal(new Set(tokens.map(({ id }) => id)).size, 1_000)
  t.equal(new Set(tokens.map(({ secret }) => secret)).size, 1_000)
  t.end()
})

t.test('one wrong letter anywhere is seen by the checksum', (t) => {
  const text = writeToken({ id: 'abcd1234', secret: 'S'.repeat(43) })
  for (let place = 0; place < text.length; place += 1) {
    const other = text[place] === 'x' ? 'y' : 'x'
    t.notOk(isToken(text.slice(0, place) + other + text.slice(place + 1)), `place ${place}`)
  }
  t.notOk(isToken(`${text} `))
  t.notOk(isToken(` ${text}`))
  t.notOk(isToken(`${text}\n`))
  t.end()
})

t.test('the form is fixed: tokens made today are read tomorrow', (t) => {
  t.equal(writeToken({ id: '00000000', secret: '0'.repeat(43) }), `tds_00000000_${'0'.repeat(43)}0tvxp3`)
  t.end()
})

t.test('no other text is a token', (t) => {
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => !isToken(text)))
  fc.assert(fc.property(fc.stringMatching(/^tds_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/), (text) => !isToken(text)))
  t.end()
})
