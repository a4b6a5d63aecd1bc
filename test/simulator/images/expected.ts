import type { StoredRecord } from '../resource.ts'
import { verdictOn } from './picture.ts'

/** What a complete image sync must end with. */
export interface ExpectedImages {
  /** Items whose row names a picture. */
  readonly withImage: number
  readonly good: number
  /** Images cut short: magic bytes fine, not decodable to the end. */
  readonly broken: number
  /** Not an image at all (SVG, HTML), whatever the content type says. */
  readonly refused: number
  /** The same for active items. */
  readonly activeWithImage: number
  readonly activeGood: number
}

/** The default organisation (seed 1, 2,221 items); other seeds have the same numbers. */
export const expectedImages: ExpectedImages = {
  withImage: 1617,
  good: 1612,
  broken: 3,
  refused: 2,
  activeWithImage: 960,
  activeGood: 955,
}

/** The same for an organisation as it stands. */
export function countExpectedImages(items: readonly StoredRecord[]): ExpectedImages {
  const pictured = items.filter(({ fields }) => fields.image_name !== '' && fields.image_name !== undefined)
  const active = pictured.filter(({ fields }) => fields.status === 'active')
  return {
    withImage: pictured.length,
    good: countVerdict(pictured, 'good'),
    broken: countVerdict(pictured, 'broken'),
    refused: countVerdict(pictured, 'refused'),
    activeWithImage: active.length,
    activeGood: countVerdict(active, 'good'),
  }
}

const countVerdict = (items: readonly StoredRecord[], verdict: string) =>
  items.filter(({ picture }) => picture && verdictOn(picture.kind) === verdict).length
