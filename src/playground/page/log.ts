import type { CloakroomErrorCode, MessageEvent } from '../../client/client.js';
import { codeLink, element } from './elements.js';

/** The service has no pages for these. */
const CODES_OF_THE_CLIENT: ReadonlySet<string> = new Set(['closed', 'unreachable', 'timeout', 'queue_full']);

/** Messages of a pane in their order, and what happened between them. */
export class Log {
  private readonly shown = new Map<string, { readonly line: HTMLElement; message: MessageEvent }>();

  constructor(private readonly list: HTMLElement) {}

  clear(): void {
    this.shown.clear();
    this.list.replaceChildren();
  }

  /** Shows a message, or what has become of one. */
  show(message: MessageEvent): void {
    const known = this.shown.get(message.id);
    const line = known?.line ?? element('li', 'message');
    line.replaceChildren(element('span', 'seq', `${message.seq} `), ...contentOf(message));
    this.shown.set(message.id, { line, message });
    if (!known) this.insert(line, message.seq);
  }

  /** Hides originals again that are gone for good. */
  forget(placeholders: readonly string[]): void {
    for (const { message } of this.shown.values()) {
      if (!message.positions.some(({ placeholder }) => placeholders.includes(placeholder))) continue;
      const { message: _, ...masked } = message;
      this.show(masked);
    }
  }

  notice(...content: readonly (Node | string)[]): void {
    this.append(element('li', 'notice', ...content));
  }

  refusal(deed: string, code: CloakroomErrorCode): void {
    const shown = CODES_OF_THE_CLIENT.has(code) ? code : codeLink(code);
    this.append(element('li', 'notice refusal', `${deed}: `, shown));
  }

  /** A page of the history may come after the first live messages. */
  private insert(line: HTMLElement, seq: number): void {
    line.dataset['seq'] = String(seq);
    const later = [...this.list.children].find((other) => Number((other as HTMLElement).dataset['seq']) > seq);
    if (later) later.before(line);
    else this.append(line);
  }

  private append(line: HTMLElement): void {
    this.list.append(line);
    this.list.scrollTop = this.list.scrollHeight;
  }
}

/** The original where one came along; otherwise the masked text with its placeholders marked. */
function contentOf({ text, positions, message, deletedAt }: MessageEvent): Node[] {
  if (deletedAt !== undefined) return [element('em', '', 'deleted')];
  if (message !== undefined && message !== text) return [element('span', 'original', message)];
  // Positions count code points.
  const characters = Array.from(text);
  const parts: Node[] = [];
  let at = 0;
  for (const { start, end } of positions) {
    parts.push(document.createTextNode(characters.slice(at, start).join('')));
    parts.push(element('mark', '', characters.slice(start, end).join('')));
    at = end;
  }
  return [...parts, document.createTextNode(characters.slice(at).join(''))];
}
