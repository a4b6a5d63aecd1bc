import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inputError } from '../src/errors.ts'
import { type Images, publicPrefix, type StoredFile } from '../src/images/index.ts'

export interface ImagesRouteOptions {
  readonly ctx: { readonly images: Pick<Images, 'find' | 'open' | 'placeholder'> }
}

/** Pictures, for everybody and for pages of any origin; they need neither Zoho nor the database. */
export const imagesRoutes: FastifyPluginAsyncZod<ImagesRouteOptions> = async (app, { ctx: { images } }) => {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${publicPrefix}:file`,
    config: { access: 'public' },
    schema: {
      tags: ['images'],
      summary: 'A product image by its file name, as products.image_url names it',
      description: 'Revalidated under the bare URL, immutable under ?v=<first characters of its sha256>.',
      security: [],
      params: z.object({ file: z.string() }),
      querystring: z.object({ v: z.string().optional() }),
    },
    async handler(request, reply) {
      const file = await images.open(request.params.file)
      if (!file) throw inputError('IMAGE_NOT_FOUND', 'There is no image by this name', 404)
      return sendFile(request, reply, file, isVersion(request.query.v, file.sha256) ? forGood : revalidate)
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/product-images/:zoho_item_id',
    config: { access: 'public' },
    schema: {
      tags: ['images'],
      summary: "An item's picture by its Zoho id, or a placeholder",
      description: 'A stable URL. An extension after the id is accepted and ignored.',
      security: [],
      params: z.object({ zoho_item_id: z.string() }),
    },
    async handler(request, reply) {
      const itemId = /^(\d{1,25})(\.[A-Za-z0-9]{1,5})?$/.exec(request.params.zoho_item_id)?.[1]
      if (itemId === undefined) throw inputError('IMAGE_NOT_FOUND', 'An item id is digits only', 404)
      const name = await images.find(itemId)
      const file = name === undefined ? undefined : await images.open(name)
      if (file) return sendFile(request, reply, file, revalidate)
      const { bytes, sha256, contentType } = await images.placeholder()
      setHeaders(reply, { sha256, contentType, cacheControl: revalidate })
      if (namesTag(request.headers['if-none-match'], sha256)) return reply.code(304).send()
      return reply.send(bytes)
    },
  })
}

const revalidate = 'no-cache'
const forGood = 'public, max-age=31536000, immutable'

/** A right `?v=` is the hash or a fair part of its beginning; under a wrong one nothing may be kept for good. */
const isVersion = (version: string | undefined, sha256: string): boolean =>
  version !== undefined && version.length >= 8 && sha256.startsWith(version.toLowerCase())

interface Facts {
  readonly sha256: string
  readonly contentType: string
  readonly cacheControl: string
}

/** What the bytes are is said by us alone, and a browser that opens them as a page may run nothing. */
function setHeaders(reply: FastifyReply, { sha256, contentType, cacheControl }: Facts): void {
  reply.headers({
    'content-type': contentType,
    etag: tagOf(sha256),
    'cache-control': cacheControl,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'ETag, Content-Length, Content-Range',
  })
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: StoredFile, cacheControl: string) {
  setHeaders(reply, { sha256: file.sha256, contentType: file.contentType, cacheControl })
  reply.headers({ 'accept-ranges': 'bytes', 'last-modified': file.modifiedAt.toUTCString() })
  if (namesTag(request.headers['if-none-match'], file.sha256)) {
    await file.close()
    return reply.code(304).send()
  }
  const range = rangeOf(request, file)
  if (range === 'outside') {
    await file.close()
    return reply.code(416).header('content-range', `bytes */${file.bytes}`).removeHeader('content-type').send()
  }
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${file.bytes}`)
  reply.header('content-length', range ? range.end - range.start + 1 : file.bytes)
  if (request.method !== 'HEAD') return reply.send(file.stream(range))
  await file.close()
  return reply.send()
}

const tagOf = (sha256: string) => `"${sha256}"`

/** If-None-Match compares weakly: a proxy that compressed on the way marks our tag with W/. */
function namesTag(header: string | undefined, sha256: string): boolean {
  if (header === undefined) return false
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(tagOf(sha256))
}

/** One byte range; several, or a condition that no longer holds, are answered with the whole file. */
function rangeOf({ method, headers }: FastifyRequest, { bytes, sha256 }: StoredFile) {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? []
  const condition = headers['if-range']
  if (method === 'HEAD' || (first === '' && last === '')) return undefined
  if (condition !== undefined && condition !== tagOf(sha256)) return undefined
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)
  return start > end ? ('outside' as const) : { start, end }
}
