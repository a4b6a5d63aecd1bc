import type { JsonObject } from '../../db/index.ts'

export type Product = 'books' | 'inventory'

/** One call's slot of the budget. Spend it with one `get`/`getBytes`, or give it back with `cancel`. */
export interface Permit {
  readonly id: number
  readonly product: Product
  /** Database clock, as text with microseconds; becomes `zoho_read_at`. */
  readonly startedAt: string
  /** No call was made: the slot is free at once. Safe to call twice and after the call. */
  cancel(): Promise<void>
}

/** Why there is no permit now. */
export type WaitReason =
  | 'minute'
  | 'concurrency'
  | 'day'
  | 'blocked'
  | 'breaker'
  | 'token'
  | 'not_configured'
  | 'paused'

export interface Denial {
  /** When to ask again, by this process's clock. */
  readonly retryAt: Date
  readonly reason: WaitReason
}

export type PermitAnswer = { readonly permit: Permit } | Denial

export interface PermitRequest {
  readonly product: Product
  /** What the call is for, in one word: counters and `tds_zoho_calls.purpose`. */
  readonly purpose: string
  /** Bulk work leaves five slots a minute and one of the concurrent ones to live work. */
  readonly bulk?: boolean
}

export interface CallOptions extends PermitRequest {
  /** Below the product's base path: `/items`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** With a permit there is one attempt; without, the call waits for permits and repeats transient failures. */
  readonly permit?: Permit
  readonly signal?: AbortSignal
  /** The whole call, body included. @default 30_000 */
  readonly deadlineMs?: number
}

export interface Reply {
  readonly body: JsonObject
  /** Start of the read, database clock, as text. */
  readonly readAt: string
  /** Calls made for it, repeats included. */
  readonly calls: number
}

export interface ProbeReply {
  /** Zoho's envelope; empty where a file was asked for. */
  readonly body: JsonObject
  /** Zoho's clock as the reply states it. */
  readonly date: Date | null
  /** Milliseconds between the sending and the end of the reply: what `date` may be off by. */
  readonly tookMs: number
}

export interface BytesReply {
  readonly bytes: Buffer
  readonly contentType: string | null
  readonly readAt: string
  readonly calls: number
}

export interface ListEndpoint {
  readonly product: Product
  readonly path: string
  /** The key of the rows; several where sources disagree. None of them present is an error. */
  readonly listKey: string | readonly string[]
  /** Whether it answers a page_context; only endpoints that do not may leave it out. */
  readonly paged: boolean
  /** Query parameters it really honours; these are verified in each reply where the reply can show it. */
  readonly filters?: readonly string[]
  /** The key of a row's id, to notice a page that repeats; without it whole rows are compared. */
  readonly idKey?: string
}

export interface PagesOptions {
  readonly query?: Readonly<Record<string, string>>
  /** @default 1 */
  readonly fromPage?: number
  readonly purpose: string
  readonly bulk?: boolean
  readonly signal: AbortSignal
  /** Whether an ignored sort_column/sort_order is an error. @default true */
  readonly expectSort?: boolean
  /** More pages than this are taken for an endless list. @default 20_000 */
  readonly maxPages?: number
}

export interface Page {
  readonly rows: readonly JsonObject[]
  readonly page: number
  /** False only where Zoho said so: the list is complete. */
  readonly hasMore: boolean
  readonly readAt: string
  readonly calls: number
}

export interface Organization {
  readonly organizationId: string
  readonly name: string
  /** IANA name: the day's quota and the timetable turn at its midnight. */
  readonly timeZone: string
  /** The base currency. */
  readonly currencyCode: string
  readonly pricePrecision: number
  readonly planName: string | null
  readonly currencies: Readonly<Record<string, Currency>>
}

export interface Currency {
  readonly precision: number
  readonly isBase: boolean
}

/** What a listener of `onCall` learns of each finished call. */
export interface CallOutcome {
  readonly product: Product
  readonly purpose: string
  /** HTTP status, null where no reply came. */
  readonly status: number | null
  /** Our code, null for success. */
  readonly errorCode: string | null
  readonly durationMs: number
}

export interface ProductState {
  readonly dayLimit: number
  readonly dayUsed: number
  /** Left as Zoho last said, less what was started since; null until a header was seen. */
  readonly dayRemaining: number | null
  readonly dayResetsAt: Date | null
  readonly breaker: 'closed' | 'open' | 'half_open'
  readonly breakerFailures: number
  readonly breakerRetryAt: Date | null
}

export interface ZohoState {
  readonly configured: boolean
  readonly token: {
    readonly generation: number
    readonly present: boolean
    readonly expiresAt: Date | null
    readonly refreshedAt: Date | null
    /** Since when Zoho refuses our credentials; a human must act. */
    readonly pausedAt: Date | null
    readonly errorCode: string | null
  }
  readonly budget: {
    readonly perMinute: number
    /** What is allowed now, after limits Zoho answered. */
    readonly minuteCeiling: number
    readonly minuteHeld: number
    readonly concurrencyCeiling: number
    readonly inFlight: number
    readonly blockedUntil: Date | null
    readonly blockCode: number | null
    /** Of this process. */
    readonly waiting: number
  }
  readonly products: Readonly<Record<Product, ProductState>>
  /** How far Zoho's clock is ahead of ours, as this process saw last; null before a reply told. */
  readonly clockSkewMs: number | null
}

export interface Zoho {
  /** Never waits. */
  acquire(request: PermitRequest): Promise<PermitAnswer>
  /**
   * Waits in this process, holding nothing.
   * @throws TdsError kind `wait` where the wait is hours or a human's: day limit, refused credentials, no configuration.
   */
  acquireWhenFree(request: PermitRequest & { readonly signal: AbortSignal }): Promise<Permit>
  /** @throws TdsError with a `ZOHO_*` code */
  get(options: CallOptions): Promise<Reply>
  /** A 200 with a JSON body is an error by its code. @throws TdsError with a `ZOHO_*` code */
  getBytes(options: CallOptions & { readonly maxBytes: number }): Promise<BytesReply>
  /** One attempt that creates something. @throws TdsError with a `ZOHO_*` code */
  post(options: CallOptions & { readonly json: JsonObject }): Promise<Reply>
  /**
   * One attempt with the stored token, which it neither asks for nor replaces: for diagnosis.
   * @returns undefined where no living token is stored
   * @throws TdsError with a `ZOHO_*` code
   */
  probe(options: CallOptions & { readonly fileMaxBytes?: number }): Promise<ProbeReply | undefined>
  /** Pages in order; ends after the page whose `hasMore` is false, or throws. */
  pages(endpoint: ListEndpoint, options: PagesOptions): AsyncIterable<Page>
  /** Reads the organisation and its currencies into `tds_zoho_organization`. */
  organization(options?: { signal?: AbortSignal }): Promise<Organization>
  state(): Promise<ZohoState>
  /** Asks for the next access token, if one may be asked for by now. @throws TdsError with a `ZOHO_TOKEN_*` code */
  retryToken(): Promise<void>
  /** Calls back after each finished call; returns how to stop. */
  onCall(listener: (outcome: CallOutcome) => void): () => void
  /** Ends waits and connections; safe to call twice. */
  close(): Promise<void>
}
