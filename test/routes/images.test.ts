import { mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { createDatabase } from '../../db/index.ts'
import { imagesRoutes } from '../../routes/images.ts'
import { TdsError } from '../../src/errors.ts'
import { createImages, type Images } from '../../src/images/index.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { picture } from '../images/pictures.ts'
import { setUp, sha256, silent } from '../images/setup.ts'

const png = await picture('png')
const jpeg = await picture('jpeg', { seed: 4 })
const fileName = 'item_1_a.png'
const url = `/static/images/products/${fileName}`

async function serve(t: Test, images: Pick<Images, 'find' | 'open' | 'placeholder'>) {
  const app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code((error instanceof TdsError && error.status) || 500)
      .send({ code: error instanceof TdsError && error.code }),
  )
  await app.register(imagesRoutes, { ctx: { images } })
  t.teardown(() => app.close())
  return app
}

/** Images over a folder and a database that is not there. */
function imagesWithout(t: Test, dir: string, connectionString = 'postgres://nobody@127.0.0.1:1/none'): Images {
  const options = { connectionString, maxConnections: 2, statementTimeoutMs: 0, applicationName: 'test' }
  const { db, close } = createDatabase(options)
  t.teardown(close)
  const getBytes = () => Promise.reject(new Error('no call is made by a route'))
  return createImages({ db, zoho: { getBytes }, config: { dir, maxBytes: 1 }, log: silent, clock: systemClock })
}

async function withFile(t: Test) {
  const dir = t.testdir({})
  await writeFile(join(dir, fileName), png)
  return { dir, app: await serve(t, imagesWithout(t, dir)) }
}

t.test('a file is served as what it is, for pages of any origin, without the database', async (t) => {
  const { app } = await withFile(t)
  const reply = await app.inject(url)
  t.equal(reply.statusCode, 200)
  t.ok(reply.rawPayload.equals(png))
  t.match(reply.headers, {
    'content-type': 'image/png',
    'content-length': String(png.length),
    etag: `"${sha256(png)}"`,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'accept-ranges': 'bytes',
  })
})

t.test('HEAD answers the same headers and no body', async (t) => {
  const { app } = await withFile(t)
  const reply = await app.inject({ method: 'HEAD', url })
  t.equal(reply.statusCode, 200)
  t.equal(reply.body, '')
  t.match(reply.headers, { 'content-length': String(png.length), etag: `"${sha256(png)}"` })
})

t.test('only the right hash makes a URL immutable', async (t) => {
  const { app } = await withFile(t)
  const cacheUnder = async (v: string) => (await app.inject(`${url}?v=${v}`)).headers['cache-control']
  t.equal(await cacheUnder(sha256(png)), 'public, max-age=31536000, immutable')
  t.equal(await cacheUnder(sha256(png).slice(0, 16)), 'public, max-age=31536000, immutable')
  for (const wrong of ['', 'a', sha256(png).slice(0, 3), sha256(jpeg), `${sha256(png)}0`]) {
    t.equal(await cacheUnder(wrong), 'no-cache', wrong)
  }
})

t.test('a known ETag is answered with 304 until the file is another', async (t) => {
  const { app, dir } = await withFile(t)
  const ask = (tag: string) => app.inject({ url, headers: { 'if-none-match': tag } })
  for (const tag of [`"${sha256(png)}"`, `"x", W/"${sha256(png)}"`, '*']) {
    const reply = await ask(tag)
    t.equal(reply.statusCode, 304, tag)
    t.equal(reply.body, '')
    t.equal(reply.headers.etag, `"${sha256(png)}"`)
  }
  t.equal((await ask('"other"')).statusCode, 200)
  await rm(join(dir, fileName))
  await writeFile(join(dir, fileName), await picture('png', { seed: 8 }))
  t.equal((await ask(`"${sha256(png)}"`)).statusCode, 200)
})

t.test('one range of bytes is served, an impossible one is 416, several are the whole', async (t) => {
  const { app } = await withFile(t)
  const ask = (range: string, more = {}) => app.inject({ url, headers: { range, ...more } })
  const size = png.length
  for (const [range, start, end] of [
    ['bytes=0-9', 0, 9],
    ['bytes=10-', 10, size - 1],
    ['bytes=-5', size - 5, size - 1],
    [`bytes=5-${size + 50}`, 5, size - 1],
  ] as const) {
    const reply = await ask(range)
    t.equal(reply.statusCode, 206, range)
    t.equal(reply.headers['content-range'], `bytes ${start}-${end}/${size}`)
    t.ok(reply.rawPayload.equals(png.subarray(start, end + 1)))
  }
  const outside = await ask(`bytes=${size}-`)
  t.equal(outside.statusCode, 416)
  t.equal(outside.headers['content-range'], `bytes */${size}`)
  for (const whole of ['bytes=0-1,3-4', 'bytes=-', 'items=0-1']) t.equal((await ask(whole)).statusCode, 200, whole)
  t.equal((await ask('bytes=0-1', { 'if-range': '"old"' })).statusCode, 200)
  t.equal((await ask('bytes=0-1', { 'if-range': `"${sha256(png)}"` })).statusCode, 206)
})

t.test('no path leads to anything but a picture of the folder', async (t) => {
  const dir = t.testdir({
    images: { '.tmp': { [fileName]: 'x' }, '.env': 'x', 'notes.txt': 'x' },
    'item_2_a.png': 'outside',
  })
  const folder = join(dir, 'images')
  await symlink(join(dir, 'item_2_a.png'), join(folder, 'item_3_a.png'))
  await mkdir(join(folder, 'item_4_a.png'))
  const app = await serve(t, imagesWithout(t, folder))
  const attempts = [
    '../item_2_a.png',
    '..%2fitem_2_a.png',
    '%2e%2e%2fitem_2_a.png',
    '%2e%2e/item_2_a.png',
    '..%5citem_2_a.png',
    '%252e%252e%252fitem_2_a.png',
    `.tmp/${fileName}`,
    `.tmp%2f${fileName}`,
    `.tmp%2F..%2F..%2Fitem_2_a.png`,
    '.env',
    'notes.txt',
    'item_3_a.png',
    'item_4_a.png',
    'item_1_a.png%00.txt',
    'item_1_a.svg',
    '',
    'x'.repeat(3000),
  ]
  for (const attempt of attempts) {
    const reply = await app.inject(`/static/images/products/${attempt}`)
    t.ok([400, 403, 404, 414].includes(reply.statusCode), `${attempt.slice(0, 60)} → ${reply.statusCode}`)
    t.notMatch(reply.body, /outside/)
  }
})

t.test('the stable URL finds the picture by its row', async (t) => {
  const bench = await setUp(t)
  const app = await serve(t, bench.images)
  await bench.product('31', { documentId: 'd1', imageName: 'a.png' })
  bench.answer(jpeg)
  await bench.run('31')
  await writeFile(join(bench.dir, 'item_31_left.png'), png)
  for (const path of ['31', '31.jpg', '31.PNG']) {
    const reply = await app.inject(`/product-images/${path}`)
    t.equal(reply.statusCode, 200)
    t.ok(reply.rawPayload.equals(jpeg), path)
    t.match(reply.headers, {
      'content-type': 'image/jpeg',
      etag: `"${sha256(jpeg)}"`,
      'access-control-allow-origin': '*',
      'cache-control': 'no-cache',
    })
  }
  const again = { url: '/product-images/31', headers: { 'if-none-match': `"${sha256(jpeg)}"` } }
  t.equal((await app.inject(again)).statusCode, 304)
  await bench.product('31', {})
  await bench.run('31')
  const placeholder = await app.inject('/product-images/31')
  t.equal(placeholder.headers['content-type'], 'image/png', 'a removed picture is not shown though a file is left')
  t.not(placeholder.headers.etag, `"${sha256(png)}"`)
})

t.test('an item without a picture gets the placeholder, a real PNG', async (t) => {
  const app = await serve(t, imagesWithout(t, t.testdir({})))
  const reply = await app.inject('/product-images/404')
  t.equal(reply.statusCode, 200)
  t.match(reply.headers, {
    'content-type': 'image/png',
    'cache-control': 'no-cache',
    'access-control-allow-origin': '*',
  })
  t.match(await sharp(reply.rawPayload).metadata(), { format: 'png', width: 240, height: 240 })
  t.equal((await app.inject('/product-images/405.jpg')).headers.etag, reply.headers.etag)
  const head = await app.inject({ method: 'HEAD', url: '/product-images/404' })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  const known = { url: '/product-images/404', headers: { 'if-none-match': String(reply.headers.etag) } }
  t.equal((await app.inject(known)).statusCode, 304)
})

t.test('only digits are an item id', async (t) => {
  const app = await serve(t, imagesWithout(t, t.testdir({})))
  for (const id of ['abc', '1x', '-1', '1.', '1.jpg.exe', '..%2f1', '1%00', '1'.repeat(40)]) {
    t.equal((await app.inject(`/product-images/${id}`)).statusCode, 404, id)
  }
})

t.test('with the database away the stable URL finds the newest file by the id in its name', async (t) => {
  const { app, dir } = await withFile(t)
  await writeFile(join(dir, 'item_1_z.jpg'), jpeg)
  await utimes(join(dir, fileName), new Date(1000), new Date(1000))
  await writeFile(join(dir, 'item_11_a.png'), png)
  t.ok((await app.inject('/product-images/1')).rawPayload.equals(jpeg))
  t.ok((await app.inject('/product-images/11')).rawPayload.equals(png))
})

t.test('with a database that hangs the folder answers, and the next request does not wait for it', async (t) => {
  const asked: number[] = []
  const hanging = createServer((socket) => {
    asked.push(1)
    t.teardown(() => socket.destroy())
  })
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve))
  t.teardown(() => hanging.close())
  const address = hanging.address()
  const port = typeof address === 'object' ? address?.port : 0
  const dir = t.testdir({})
  await writeFile(join(dir, fileName), png)
  const app = await serve(t, imagesWithout(t, dir, `postgres://nobody@127.0.0.1:${port}/none`))
  t.ok((await app.inject('/product-images/1')).rawPayload.equals(png))
  t.equal(asked.length, 1)
  t.ok((await app.inject('/product-images/1')).rawPayload.equals(png))
  t.equal(asked.length, 1)
  t.same(await readdir(dir), [fileName])
})
