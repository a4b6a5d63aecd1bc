/** Whether the table is tried first. It closes when the database did not take a batch, and opens when a drain worked. */
export interface Gate {
  isOpen(): boolean
  open(): void
  close(cause: unknown): void
  /** Something lies in the spool. */
  nudgeDrainer(): void
  /** Why it is closed. */
  cause(): unknown
}

export function createGate(onSpooled: () => void): Gate {
  let closedBy: { readonly cause: unknown } | undefined
  return {
    isOpen: () => closedBy === undefined,
    open() {
      closedBy = undefined
    },
    close(cause) {
      closedBy ??= { cause }
    },
    nudgeDrainer: onSpooled,
    cause: () => closedBy?.cause,
  }
}
