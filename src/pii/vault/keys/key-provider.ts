/** What a wrapped secret belongs to; part of its authentication. */
export interface ChatScope {
  readonly workspaceId: string;
  readonly chatId: string;
}

/** The secret of a chat, encrypted by the master key `kid`. */
export interface WrappedSecret {
  readonly kid: string;
  readonly wrapped: Buffer;
}

/**
 * Who holds the master keys: they wrap the secrets of chats and never stand in the database that they protect. All
 * methods throw `CodedError('unavailable')` when the holder does not answer.
 */
export interface KeyProvider {
  /** Wraps by the current master key. The caller keeps the secret, and overwrites it. */
  wrap(secret: Buffer, scope: ChatScope): Promise<WrappedSecret>;
  /** Undefined when the master key is not there, or the wrapping is not as it was made. */
  unwrap(wrapped: WrappedSecret, scope: ChatScope): Promise<Buffer | undefined>;
  /** The master keys there are, the current one first; undefined where the holder does not tell. */
  kids(): readonly string[] | undefined;
  /** Makes a new current master key; undefined where that is done elsewhere. */
  renew(): Promise<string | undefined>;
  /** Destroys a master key for good: whatever it wrapped, wherever a copy lies, is unreadable from then on. */
  destroy(kid: string): Promise<void>;
}

/** Injects the provider that the settings name. */
export const KEY_PROVIDER = Symbol('KeyProvider');
