const dayMs = 86_400_000

/** How an organisation writes instants: its own offset, no colon, whole seconds (`2026-06-09T13:15:33+0300`). */
export interface OrganisationTime {
  stamp(at: number): string
  /** Milliseconds since 1970 of a stamp, or undefined when Zoho would refuse the text. */
  parse(text: string): number | undefined
  /** Seconds from `at` to the next midnight of the organisation. */
  secondsToMidnight(at: number): number
  /** A number that changes at the organisation's midnight. */
  dayOf(at: number): number
}

export function createOrganisationTime(timeZone: string): OrganisationTime {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offsets = new Map<number, number>()

  // An offset changes at most at a quarter of an hour; asking Intl for each stamp would be most of the seeding time.
  function offsetAt(at: number): number {
    const quarter = Math.floor(at / 900_000)
    const known = offsets.get(quarter)
    if (known !== undefined) return known
    const offset = offsetOf(format, at)
    offsets.set(quarter, offset)
    return offset
  }
  const local = (at: number) => at + offsetAt(at)

  return {
    stamp: (at) => `${new Date(local(at)).toISOString().slice(0, 19)}${offsetText(offsetAt(at))}`,
    parse: parseStamp,
    secondsToMidnight: (at) => Math.ceil((dayMs - (((local(at) % dayMs) + dayMs) % dayMs)) / 1000),
    dayOf: (at) => Math.floor(local(at) / dayMs),
  }
}

function parseStamp(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d)(\d\d)$/.exec(text)
  if (!match) return undefined
  const at = Date.parse(`${match[1]}${match[2]}:${match[3]}`)
  return Number.isNaN(at) ? undefined : at
}

function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name)
  if (!match) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return (match[1] === '-' ? -minutes : minutes) * 60_000
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${hours}${String(minutes % 60).padStart(2, '0')}`
}
