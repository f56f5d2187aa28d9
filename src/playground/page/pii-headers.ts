const HISTORY = 'X-Chat-History-Pii-Mapping';

/** The switches of the four PII headers in a pane, as headers of a request. */
export class PiiHeaders {
  constructor(private readonly pane: ParentNode) {}

  forSending(): Record<string, string> {
    return this.read((name) => name !== HISTORY);
  }

  forHistory(): Record<string, string> {
    return this.read((name) => name === HISTORY);
  }

  private read(wanted: (name: string) => boolean): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const row of this.pane.querySelectorAll('.header')) {
      const toggle = row.querySelector<HTMLInputElement>('[data-header]');
      const value = row.querySelector<HTMLInputElement>(':scope > input')?.value ?? '';
      const name = toggle?.dataset['header'] ?? '';
      if (toggle?.checked && wanted(name)) headers[name] = ascii(value);
    }
    return headers;
  }
}

/** Headers are ASCII: beyond it JSON has its escapes. */
const ascii = (value: string): string =>
  value.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
