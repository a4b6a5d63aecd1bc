/** Middle value of some rounds, and how far they lay apart. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly rounds: number
}

export interface Figure {
  readonly what: string
  readonly unit: string
  readonly value: Spread
}

/** What one measure found. Ratios come first: they hold on other machines, the rates do not. */
export interface Report {
  readonly measure: string
  readonly question: string
  readonly ratios: readonly Figure[]
  readonly figures: readonly Figure[]
  /** How it was measured, and what was not. */
  readonly notes: readonly string[]
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: sorted[0] ?? 0, high: sorted.at(-1) ?? 0, rounds: sorted.length }
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? 0
  const above = sorted[Math.ceil(at)] ?? 0
  return below + (above - below) * (at - Math.floor(at))
}

export const figure = (what: string, unit: string, values: readonly number[]): Figure => ({
  what,
  unit,
  value: spread(values),
})

export function renderReport({ measure, question, ratios, figures, notes }: Report): string {
  const lines = [...ratios, ...figures].map(renderFigure)
  return [`\n${measure}: ${question}`, '', ...lines, '', ...notes.map((note) => `  - ${note}`)].join('\n')
}

function renderFigure({ what, unit, value }: Figure): string {
  const { median, low, high, rounds } = value
  const range = rounds > 1 ? `(${number(low)} to ${number(high)}, ${rounds} rounds)` : '(one round)'
  return `  ${what.padEnd(64)} ${number(median).padStart(9)} ${unit.padEnd(8)} ${range}`
}

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2)
