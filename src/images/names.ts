import { createHash } from 'node:crypto'
import { TdsError } from '../errors.ts'

/** Where the files are served; `image_url` is this and the file's name. */
export const publicPrefix = '/static/images/products/'

export const extensions = ['jpg', 'png', 'webp', 'gif'] as const
export type Extension = (typeof extensions)[number]

const itemIdPattern = /^\d{1,25}$/
const filePattern = /^item_(\d{1,25})_[A-Za-z0-9_-]{1,60}\.(jpg|png|webp|gif)$/

/**
 * `item_{item_id}_{safe_name}.{ext}`: the id is digits, the name is made of ASCII letters, digits, dash and underscore
 * only, so no id and no `image_name` can lead out of the folder. The extension comes from the bytes, not from the name.
 * @throws TdsError `IMAGE_BAD_ITEM_ID` for an id that is not digits.
 */
export function fileNameFor(itemId: string, imageName: string | null, extension: Extension): string {
  if (!isItemId(itemId)) throw new TdsError('IMAGE_BAD_ITEM_ID', 'permanent', 'An item id is digits only')
  return `item_${itemId}_${safeName(imageName)}.${extension}`
}

export const isItemId = (text: string): boolean => itemIdPattern.test(text)

/** The item and type a file name of ours speaks of; undefined for every other name, whatever it tries. */
export function parseFileName(name: string): { itemId: string; extension: Extension } | undefined {
  const [, itemId, found] = filePattern.exec(name) ?? []
  const extension = extensions.find((each) => each === found)
  return itemId !== undefined && extension ? { itemId, extension } : undefined
}

export const publicUrl = (fileName: string): string => publicPrefix + fileName

/** The part of a sha256 that `?v=` carries. */
export const versionOf = (sha256: string): string => sha256.slice(0, 16)

/** Keeps the whole name under the 100 characters a router reads in one path segment. */
const maxSafeName = 60

function safeName(imageName: string | null): string {
  if (!imageName) return 'image'
  const stem = imageName.replace(/\.[A-Za-z0-9]{1,5}$/, '')
  const ascii = stem
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, maxSafeName)
    .replace(/[-_]+$/, '')
  // A name in Arabic leaves nothing: its hash keeps the file name stable and unlike that of the next picture.
  return ascii || createHash('sha256').update(imageName).digest('hex').slice(0, 12)
}
