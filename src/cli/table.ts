type Cell = string | number | null | undefined

export interface TableOptions {
  /** Spaces before each line. @default 0 */
  readonly indent?: number
}

/** Rows under their heads; numbers to the right, words to the left, nothing as a dash. */
export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string[] {
  const body = rows.map((row) => heads.map((_, column) => shown(row[column])))
  const isNumeric = heads.map((_, column) => rows.some((row) => typeof row[column] === 'number'))
  const widths = heads.map((head, column) => Math.max(head.length, ...body.map((row) => row[column]?.length ?? 0)))
  const margin = ' '.repeat(options.indent ?? 0)
  const toLine = (cells: readonly string[]) =>
    margin +
    cells
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [toLine(heads), toLine(widths.map((width) => '─'.repeat(width))), ...body.map(toLine)]
}

function shown(cell: Cell): string {
  if (cell === null || cell === undefined) return '–'
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : cell
}
