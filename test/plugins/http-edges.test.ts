import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { testApp } from '../routes/shell-fixture.ts'

/** What the server says to bytes that no client library would send. */
async function say(t: Test, bytes: string): Promise<string> {
  const { app } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1')
  socket.write(bytes)
  return (await socket.setEncoding('utf8').toArray()).join('')
}

t.test('a request that names no host is refused with a problem', async (t) => {
  const text = await say(t, 'GET /api/tds/health/live HTTP/1.1\r\nconnection: close\r\n\r\n')
  t.match(text, /^HTTP\/1\.1 400 /)
  t.match(text, /content-type: application\/problem\+json/i)
  t.match(text, '"code":"MALFORMED_REQUEST"')
  t.match(await say(t, 'GET /api/tds/health/live HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'before 1.1 there was none')
})

t.test('an expectation nobody knows is refused with a problem', async (t) => {
  const head = 'POST /api/tds/webhooks/test HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n'
  const text = await say(t, `${head}expect: 200-maybe\r\n\r\n{}`)
  t.match(text, /^HTTP\/1\.1 417 /)
  t.match(text, /content-type: application\/problem\+json/i)
  t.match(text, '"code":"BAD_REQUEST"')
  t.match(await say(t, `${head}expect: 100-continue\r\n\r\n{}`), /100 Continue.*200 OK/s)
})
