import type { WrittenPage } from '../../edge/page.js';
import type { ChatScope } from './chat-keys.js';
import type { SealedRow } from './entry.store.js';

/** A page of a chat's history that is yet to be read. */
export interface UnreadPage<Item> {
  readonly scope: ChatScope;
  masked(): Promise<WrittenPage<Item>>;
  /**
   * The page and what is sealed behind its placeholders, in the statement that audits it (see `REVEALED_POSITIONS`).
   * @param audited `readingValues`
   */
  revealed(audited: readonly unknown[]): Promise<{ readonly page: WrittenPage<Item>; readonly sealed: SealedRow }>;
}
