export declare class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly param: string | null
  readonly hint: string | null
  readonly facts: Readonly<Record<string, unknown>>
  readonly requestId: string | null
  /** The Idempotency-Key to ask again with. */
  key: string | null
  readonly mayPass: boolean
  retryAfterS?: number | null
}
export declare class Unreachable extends Error {
  key: string | null
  readonly mayPass: boolean
}
/** What answered is not the bank's JSON. Ask again with the same `key`. */
export declare class Unreadable extends Unreachable {}
export declare class BadSignature extends Error {}

/** `T` is a string (text/…) or a Uint8Array where a reading is a file and no JSON. */
export interface Answer<T = Record<string, unknown>> {
  body: T
  key: string | null
  /** It had been done before under the same key; this is the first answer. */
  replayed: boolean
  requestId: string | null
  contentType: string | null
}
export interface Policy {
  tries: number
  firstMs: number
  mostMs: number
  patienceMs: number
  sleep: (ms: number) => Promise<unknown>
}
export interface Settings {
  base: string
  clientId: string
  /** A client assertion for an audience; none where the application's own server adds it. */
  assert?: ((audience: string) => Promise<string>) | null
  /** The key pair that tokens are bound to (DPoP). */
  holder?: CryptoKeyPair | null
  issuer?: string
  policy?: Partial<Policy>
  fetch?: typeof fetch | null
}
export interface Asked {
  url: string
  redirectUri: string
  state: string
  verifier: string
}
export interface Acting {
  key?: string
  party?: string
  role?: string
}
export declare class Client {
  constructor(settings: Settings)
  act<T = Record<string, unknown>>(
    scene: string, action: string, body: object, given?: Acting,
  ): Promise<Answer<T>>
  ask<T = Record<string, unknown>>(
    scene: string, query: string, body?: object, given?: { party?: string },
  ): Promise<Answer<T>>
  quote<T = Record<string, unknown>>(
    scene: string, wish?: object, given?: { party?: string },
  ): Promise<Answer<T>>
  get<T = Record<string, unknown>>(
    path: string, given?: { party?: string } & Record<string, string | undefined>,
  ): Promise<Answer<T>>
  things<T = Record<string, unknown>>(
    scene: string, kind: string, given?: { party?: string } & Record<string, string | undefined>,
  ): AsyncGenerator<T>
  call<T = Record<string, unknown>>(
    method: string, path: string, body?: object, given?: { key?: string | null; party?: string; role?: string },
  ): Promise<Answer<T>>
  askCustomer(given: { redirectUri: string; scope: string; details?: object }): Promise<Asked>
  becomeCustomer(asked: Asked, back: string): Promise<void>
  readonly customerRef: string | null
}
export declare function assertion(
  key: CryptoKey, kid: string, clientId: string, audience: string,
): Promise<string>
export declare function importKey(jwk: JsonWebKey): Promise<CryptoKey>
export declare function generateHolder(): Promise<CryptoKeyPair>
export declare function randomText(bytes?: number): string
export declare function b64(bytes: ArrayBuffer | Uint8Array): string
export declare function verifyWebhook(
  secret: string, headers: Readonly<Record<string, string | undefined>>,
  body: string | ArrayBuffer | Uint8Array, now?: number,
): Promise<string>
