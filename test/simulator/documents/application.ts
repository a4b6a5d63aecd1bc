/** How records settle others: payments their invoices or bills, credit notes their invoices. */
export interface Application {
  /** Of the records that settle. */
  readonly resource: string
  /** Their list of what they settle, and in it: the entry's id, the amount, the date it was applied. */
  readonly list: string
  readonly entryId: string
  readonly amount: string
  readonly appliedOn: string
  /** What is settled: its resource, id and number, as the entries name them too. */
  readonly target: string
  readonly targetId: string
  readonly targetNumber: string
  /** Field of the target that holds the sum. */
  readonly sum: string
  /** Field of the target with the date of the latest one. */
  readonly latest?: string
}
