export interface Reply {
  readonly status: number
  readonly body: string
  /** The other side will end the connection. */
  readonly closes: boolean
}

/** Reads one reply with a content-length from what a connection brings, chunk by chunk. */
export function createReplyReader(): (chunk: Buffer) => Reply | undefined {
  let received = ''
  return (chunk) => {
    received += chunk.toString('latin1')
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const head = received.slice(0, end)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (length === undefined) throw new Error(`A reply without its length: ${head}`)
    const body = received.slice(end + 4)
    if (body.length < Number(length)) return undefined
    return { status: Number(head.slice(9, 12)), body, closes: /\r\nconnection: close/i.test(head) }
  }
}
