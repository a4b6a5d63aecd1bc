import { errorCode, TdsError } from '../../errors.ts'
import type { ChannelName, Notice } from '../notice.ts'

export interface Channel {
  readonly name: ChannelName
  /** Ends when the other side has taken it. @throws TdsError `ALERT_NOT_SENT`, whose words hold no address and no secret */
  send(notice: Notice, o: { readonly signal: AbortSignal; readonly deliveryId: string }): Promise<void>
}

/** In words that may be shown and kept: an error of somebody else's may quote URLs, and those hold keys. */
export const whyNotSent = (error: unknown): string =>
  error instanceof TdsError ? error.message : `it failed (${errorCode(error)})`

/** @param cause kept out of the words: it may quote URLs, and those hold keys */
export const notSent = (words: string, cause?: unknown): TdsError =>
  new TdsError('ALERT_NOT_SENT', 'transient', words, { cause })
