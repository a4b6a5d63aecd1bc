export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: Sample[]
}

const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/
const line = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(${label.source}(?:,${label.source})*)\\})? (\\S+)$`)
const number = /^(?:[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|Inf)|NaN)$/

/**
 * Reads the text form of Prometheus strictly: HELP and TYPE once and before the samples, samples of a family together,
 * no sample twice, histograms complete and rising.
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line must end')
  const families = new Map<string, Family>()
  const helps = new Map<string, string>()
  const seen = new Set<string>()
  let current: Family | undefined
  for (const each of text.split('\n')) {
    if (each === '') continue
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(each) ?? []
    if (word === 'HELP') {
      if (helps.has(name)) throw new Error(`HELP twice: ${name}`)
      helps.set(name, rest)
    } else if (word === 'TYPE') {
      if (families.has(name)) throw new Error(`TYPE twice: ${name}`)
      if (!/^(counter|gauge|histogram|summary)$/.test(rest)) throw new Error(`No type: ${each}`)
      current = { name, help: helps.get(name) ?? '', type: rest, samples: [] }
      families.set(name, current)
    } else current?.samples.push(sampleOf(each, current, seen))
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family)
  return families
}

function sampleOf(text: string, { name: family, type }: Family, seen: Set<string>): Sample {
  const found = line.exec(text)
  const value = found?.at(-1) ?? ''
  if (!found || !number.test(value)) throw new Error(`No sample: ${text}`)
  const [, name = '', labelText = ''] = found
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  if (!suffixes.some((suffix) => name === family + suffix)) throw new Error(`${name} stands among ${family}`)
  const labels = Object.fromEntries(
    [...labelText.matchAll(new RegExp(label, 'g'))].map(([, key = '', content = '']) => [key, content]),
  )
  const key = keyOf(name, labels)
  if (seen.has(key)) throw new Error(`Twice: ${key}`)
  seen.add(key)
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function checkHistogram({ name, samples }: Family): void {
  const sets = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => keyOf(name, labels))
  for (const [key, own] of sets) {
    const buckets = own.filter((sample) => sample.name.endsWith('_bucket'))
    const count = own.find((sample) => sample.name.endsWith('_count'))?.value
    const rises = buckets.every(({ value }, index) => value >= (buckets[index - 1]?.value ?? 0))
    if (!rises || buckets.at(-1)?.labels.le !== '+Inf' || buckets.at(-1)?.value !== count)
      throw new Error(`The buckets of ${key} do not rise to their count`)
  }
}

const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`

/** The value of one sample; undefined where there is none. */
export function sampleValue(families: ReadonlyMap<string, Family>) {
  const values = new Map(
    [...families.values()].flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [keyOf(name, labels), value] as const),
    ),
  )
  return (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
    values.get(keyOf(name, labels))
}
