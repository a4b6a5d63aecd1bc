/** What a code means to whoever gets it. */
export interface Entry {
  /** A few words, the same every time. */
  readonly title: string
  readonly meaning: string
  /** What to do next. */
  readonly remedy: string
}

export type Catalogue = Readonly<Record<string, Entry>>

export const entry = (title: string, meaning: string, remedy: string): Entry => ({ title, meaning, remedy })
