import { createTransport } from 'nodemailer'
import { errorCode } from '../../errors.ts'
import { subjectOf, textOf } from '../words.ts'
import { type Channel, notSent } from './channel.ts'

export interface EmailOptions {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  readonly smtpUrl: string
  readonly from: string
  readonly to: readonly string[]
}

const patienceMs = 10_000

/** Plain text, one message for all recipients; a connection for each, because alerts are rare. */
export function createEmail({ smtpUrl, from, to }: EmailOptions): Channel {
  return {
    name: 'email',
    async send(notice, { signal, deliveryId }) {
      const transport = createTransport({
        url: smtpUrl,
        connectionTimeout: patienceMs,
        greetingTimeout: patienceMs,
        socketTimeout: patienceMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const { promise: tooLate, reject } = Promise.withResolvers<never>()
      const giveUp = () => reject(notSent('the mail server did not answer in time'))
      signal.addEventListener('abort', giveUp, { once: true })
      if (signal.aborted) giveUp()
      const message = {
        from,
        to: [...to],
        subject: subjectOf(notice),
        text: textOf(notice),
        headers: { 'X-TDS-Delivery': deliveryId, 'Auto-Submitted': 'auto-generated' },
      }
      const sent = transport.sendMail(message).catch((error: unknown) => {
        throw notSent(`the mail server did not take it (${mailCode(error)})`, error)
      })
      try {
        await Promise.race([sent, tooLate])
      } finally {
        signal.removeEventListener('abort', giveUp)
        transport.close()
        // Whichever lost the race is nobody's business any more.
        sent.catch(() => {})
        tooLate.catch(() => {})
      }
    },
  }
}

/** The server's own code says more than the library's. */
function mailCode(error: unknown): string {
  const code = errorCode(error)
  const reply = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined
  return typeof reply === 'number' ? `${code} ${reply}` : code
}
