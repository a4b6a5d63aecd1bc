export interface BarState {
  /** Records read so far. */
  readonly read: number
  /** Of these, how many have ended. */
  readonly settled: number
  /** How many there will be, as far as is known. */
  readonly expected?: number | undefined
}

export interface BarFrame {
  readonly seconds: number
  readonly columns: number
}

/** As long as the longest name of an entity. */
export const nameWidth = 26

/** `products  ███████░░░  1,200/2,221 read 2,000  310/s  4 s left`, cut to the terminal. */
export function drawBar(name: string, { read, settled, expected }: BarState, { seconds, columns }: BarFrame): string {
  const total = Math.max(read, expected ?? 0)
  const rate = seconds > 0 ? settled / seconds : 0
  const left = rate > 0 && total > settled ? duration((total - settled) / rate) : ''
  const figures = `${count(settled)}/${count(total)}  read ${count(read)}  ${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/s`
  const width = Math.max(10, Math.min(30, columns - 70))
  const full = total > 0 ? Math.round((settled / total) * width) : 0
  const bar = '█'.repeat(full) + '░'.repeat(width - full)
  return `${name.padEnd(nameWidth)} ${bar}  ${figures}${left && `  ${left} left`}`.slice(0, columns - 1)
}

/** Seconds → words: `4 s`, `2 min 10 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

const count = (value: number): string => value.toLocaleString('en-US')
