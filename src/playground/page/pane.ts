import {
  Chat,
  CloakroomError,
  type ConnectionString,
  getConnectionString,
  type MessageEvent,
  type PayloadOf,
} from '../../client/client.js';
import { element, find } from './elements.js';
import { Log } from './log.js';
import { PiiHeaders } from './pii-headers.js';
import { call } from './rest.js';

/** The server looks at sessions once a second. */
const SHORT_SESSION_SECONDS = 2;
const PAGE = 50;

export interface PaneSettings {
  readonly chatId: string;
  readonly key: string;
  /** Whether live messages come with originals, for those who may see them. */
  readonly rehydrate: boolean;
  /** Something has changed in the database, or may have. */
  readonly onChange: () => void;
}

/** One user in the chat: messages, what can be done, and what was refused. */
export class Pane {
  readonly root: HTMLElement;
  private readonly log: Log;
  private readonly headers: PiiHeaders;
  private readonly rehydrate: HTMLInputElement;
  private chat: Chat | undefined;
  private workspaceId = '';
  /** The last message as it was sent in this session. */
  private sent: PayloadOf<'message:send'> | undefined;
  /** The client renews its session by itself; while this holds it may not. */
  private mayExpire = false;

  constructor(private readonly settings: PaneSettings) {
    const template = find(HTMLTemplateElement, '#pane').content;
    this.root = find(HTMLElement, '.pane', template.cloneNode(true) as DocumentFragment);
    this.log = new Log(find(HTMLElement, '.log', this.root));
    this.headers = new PiiHeaders(this.root);
    this.rehydrate = find(HTMLInputElement, '.rehydrate', this.root);
    this.rehydrate.checked = settings.rehydrate;
    this.rehydrate.addEventListener('change', () => this.connect());
    const deeds: Readonly<Record<string, () => Promise<void> | void>> = {
      history: () => this.readHistory(),
      drop: () => this.chat?.drop(),
      expire: () => this.expire(),
      replay: () => this.replay(),
      forge: () => this.forge(),
      connect: () => this.connect(),
    };
    for (const button of this.root.querySelectorAll<HTMLButtonElement>('[data-action]')) {
      const deed = deeds[button.dataset['action'] ?? ''];
      button.addEventListener('click', () => void this.attempt(button.textContent, async () => deed?.()));
    }
    this.onSubmit('.composer', 'The message', (form) => this.send(form));
    this.onSubmit('.erase', 'Erasing', (form) => this.erase(form));
  }

  /** Enters the chat, or enters it anew. */
  connect(): void {
    this.chat?.close();
    this.log.clear();
    this.button('connect').hidden = true;
    const { chatId } = this.settings;
    const chat = new Chat({
      url: location.origin,
      chatId,
      rehydrate: this.rehydrate.checked,
      getConnectionString: () => this.ticket(),
      trace: (event, payload) => {
        if (event === 'message:send') this.sent = payload as PayloadOf<'message:send'>;
      },
    });
    this.chat = chat;
    chat.on('connected', ({ sessionId, chat: { workspaceId }, user, recovered }) => {
      const resumed = this.workspaceId !== '' && recovered;
      this.workspaceId = workspaceId;
      this.sent = undefined;
      find(HTMLElement, '.name', this.root).textContent = user.displayName;
      this.state(`connected, session ${sessionId.slice(-6)}${resumed ? ', went on where it was' : ''}`);
    });
    chat.on('disconnected', (end) => {
      this.mayExpire = false;
      this.state('connection lost, comes back by itself');
      if (end) this.log.refusal('The session', end.code);
      else this.log.notice('connection lost');
    });
    const show = (message: MessageEvent): void => {
      this.log.show(message);
      this.settings.onChange();
    };
    for (const event of ['message:created', 'message:updated', 'message:deleted'] as const) chat.on(event, show);
    chat.on('pii:erased', ({ placeholders }) => {
      this.log.forget(placeholders);
      this.log.notice(`erased for good: ${placeholders.join(', ')}`);
      this.settings.onChange();
    });
    chat.on('closed', (reason) => this.over(chat, reason));
    const shown = this.rehydrate.checked ? ({ rehydrate: 'vault' } as const) : {};
    void this.attempt('The history', async () => {
      const { items } = await chat.history({ limit: PAGE, ...shown });
      for (const message of items) this.log.show(message);
    });
  }

  private over(chat: Chat, reason: CloakroomError | undefined): void {
    // Another one has taken its place.
    if (chat !== this.chat) return;
    this.state('not connected');
    if (reason) this.log.refusal('The connection', reason.code);
    this.button('connect').hidden = false;
  }

  private async ticket(sessionSeconds?: number): Promise<ConnectionString> {
    if (this.mayExpire) throw new CloakroomError('closed');
    const { chatId, key: apiKey } = this.settings;
    return getConnectionString({
      url: location.origin,
      chatId,
      apiKey,
      ...(sessionSeconds !== undefined && { sessionSeconds }),
    });
  }

  /** Over the socket; with PII headers as the REST call that they belong to. */
  private async send(form: HTMLFormElement): Promise<void> {
    const field = find(HTMLTextAreaElement, 'textarea', form);
    const headers = this.headers.forSending();
    const message = field.value;
    if (Object.keys(headers).length === 0) await this.open().send(message);
    else await this.rest('POST', `/v1/chat/${this.settings.chatId}/messages`, { message }, headers);
    field.value = '';
  }

  private async readHistory(): Promise<void> {
    const path = `/v1/chat/${this.settings.chatId}/messages?limit=${PAGE}`;
    const { items } = await this.rest<{ items: MessageEvent[] }>('GET', path, undefined, this.headers.forHistory());
    this.log.clear();
    this.log.notice('history read over REST');
    for (const message of items) this.log.show(message);
  }

  /** Renews the session for an instant, and keeps the client from renewing it again. */
  private async expire(): Promise<void> {
    const { connectionString } = await this.ticket(SHORT_SESSION_SECONDS);
    this.mayExpire = true;
    try {
      await this.open().request('session:renew', { connectionString });
      this.log.notice('the session ends in a moment');
    } catch (error) {
      this.mayExpire = false;
      throw error;
    }
  }

  private async replay(): Promise<void> {
    if (!this.sent) await this.open().send('This message was sent once.');
    if (this.sent) await this.open().request('message:send', this.sent);
  }

  private async forge(): Promise<void> {
    await this.open().request('message:send', {
      message: 'Not from whom it seems to be.',
      clientMessageId: crypto.randomUUID(),
      counter: (this.sent?.counter ?? 0) + 1,
      messageString: `ms1_${'A'.repeat(43)}`,
    });
  }

  private async erase(form: HTMLFormElement): Promise<void> {
    const [type, value] = [find(HTMLSelectElement, 'select', form).value, find(HTMLInputElement, 'input', form).value];
    await this.rest('POST', `/v1/workspaces/${this.workspaceId}/erasures`, { type, value });
    this.log.notice('erased, with a signed receipt');
    this.settings.onChange();
  }

  private rest<Body>(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Body> {
    return call<Body>(this.settings.key, method, path, body, headers);
  }

  private onSubmit(selector: string, deed: string, act: (form: HTMLFormElement) => Promise<void>): void {
    const form = find(HTMLFormElement, selector, this.root);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.attempt(deed, () => act(form));
    });
  }

  /** Does something, and shows the code where it is refused. */
  private async attempt(deed: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof CloakroomError)) throw error;
      // The client's own, not the service's: there is no page for it, and the pane says already what has become of it.
      if (error.code === 'closed') return;
      this.log.refusal(deed, error.code);
    }
  }

  private open(): Chat {
    if (!this.chat) throw new CloakroomError('closed');
    return this.chat;
  }

  private state(text: string): void {
    find(HTMLElement, '.state', this.root).replaceChildren(element('span', '', text));
  }

  private button(action: string): HTMLButtonElement {
    return find(HTMLButtonElement, `[data-action="${action}"]`, this.root);
  }
}
