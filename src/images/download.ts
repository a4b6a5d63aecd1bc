import { TdsError } from '../errors.ts'
import type { Permit, Zoho } from '../zoho/index.ts'

export type Download =
  | { readonly status: 'bytes'; readonly bytes: Buffer; readonly readAt: string }
  | { readonly status: 'none' | 'too_large'; readonly reason: string; readonly readAt: string }

export interface DownloadOptions {
  readonly permit: Permit
  readonly maxBytes: number
  readonly signal: AbortSignal
}

const deadlineMs = 30_000

/**
 * The picture of an item, in one call. "There is none" and "it is too large" are answers and not failures.
 * @throws what the Zoho client throws; `IMAGE_PAGE_INSTEAD` when a page of text came in place of a picture.
 */
export async function download(
  zoho: Pick<Zoho, 'getBytes'>,
  itemId: string,
  { permit, maxBytes, signal }: DownloadOptions,
): Promise<Download> {
  const call = {
    product: 'inventory' as const,
    path: `/items/${itemId}/image`,
    purpose: 'product_images.read',
    permit,
    maxBytes,
    signal,
    deadlineMs,
  }
  try {
    const { bytes, contentType, readAt } = await zoho.getBytes(call)
    if (contentType && /^text\//i.test(contentType.trim())) throw pageInstead(contentType)
    return { status: 'bytes', bytes, readAt }
  } catch (error) {
    const known = answerIn(error, maxBytes)
    if (known) return { ...known, readAt: permit.startedAt }
    throw error
  }
}

function answerIn(error: unknown, maxBytes: number): { status: 'none' | 'too_large'; reason: string } | undefined {
  if (!(error instanceof TdsError)) return undefined
  if (error.code === 'ZOHO_NOT_FOUND') return { status: 'none', reason: 'Zoho has no picture (404)' }
  if (error.code === 'ZOHO_BAD_REQUEST' && error.detail.httpStatus === 400) {
    return { status: 'none', reason: 'Zoho has no picture (400)' }
  }
  if (error.code === 'ZOHO_TOO_LARGE') return { status: 'too_large', reason: `more than ${maxBytes} bytes` }
  return undefined
}

/** A maintenance or login page says nothing about the picture: it is tried again and never remembered. */
const pageInstead = (contentType: string) =>
  new TdsError('IMAGE_PAGE_INSTEAD', 'transient', `Zoho sent a page (${contentType}) in place of a picture`)
