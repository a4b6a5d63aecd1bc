import { request } from 'undici'
import { errorCode, TdsError } from '../../errors.ts'
import { notSent } from './channel.ts'

export interface Post {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** One request; only 2xx counts as taken, a redirect is followed by nobody. @throws TdsError `ALERT_NOT_SENT` */
export async function post(url: string, { method = 'POST', headers = {}, body, signal }: Post): Promise<void> {
  try {
    const reply = await request(url, { method, headers, body: body ?? null, signal })
    await reply.body.dump()
    if (reply.statusCode >= 200 && reply.statusCode < 300) return
    throw notSent(`the receiver answered ${reply.statusCode}`)
  } catch (error) {
    if (error instanceof TdsError) throw error
    if (signal.aborted) throw notSent('the receiver did not answer in time', error)
    throw notSent(`the receiver cannot be reached (${errorCode(error)})`, error)
  }
}
