import type { CloakroomError } from '../../client/client.js';
import { codeLink, element, find } from './elements.js';
import { call } from './rest.js';

interface StoredRows {
  readonly messages: readonly object[];
  readonly entries: readonly object[];
}

/** Rows of the chat as they lie in the database, read again whenever something happened. */
export class DatabaseView {
  private reading: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly key: string,
    private readonly chatId: string,
  ) {}

  /** One read at a time; what happens meanwhile is read afterwards, together. */
  refresh(): void {
    this.again = true;
    this.reading ??= this.readWhileNeeded().finally(() => (this.reading = undefined));
  }

  private async readWhileNeeded(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.read();
    }
  }

  private async read(): Promise<void> {
    const notice = find(HTMLElement, '#database-notice');
    try {
      const path = `/playground/stored/${encodeURIComponent(this.chatId)}`;
      const { messages, entries } = await call<StoredRows>(this.key, 'GET', path);
      show('#stored-messages', messages);
      show('#stored-entries', entries);
      notice.replaceChildren();
    } catch (error) {
      notice.replaceChildren('The rows were not shown: ', codeLink((error as CloakroomError).code));
    }
  }
}

const show = (selector: string, rows: readonly object[]): void =>
  find(HTMLElement, selector).replaceChildren(
    ...rows.map((row) => element('pre', '', JSON.stringify(row, undefined, 1))),
  );
