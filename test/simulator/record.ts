import type { Picture } from './images/picture.ts'
import type { Fields } from './json.ts'

/** One record as the organisation keeps it; views decide which of it a reply shows. */
export interface StoredRecord {
  readonly id: string
  fields: Fields
  createdMs: number
  modifiedMs: number
  /** Stock of an item at each location that ever held it. */
  stock?: PlaceStock[]
  picture?: Picture
}

export interface PlaceStock {
  readonly locationId: string
  onHand: number
  committed: number
}

/** Records that are kept among those of another resource. */
export interface Kind {
  readonly resource: string
  includes(record: StoredRecord): boolean
}
