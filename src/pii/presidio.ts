import type { PresidioService } from '../config/analyzers.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { NO_OFFSET, toUtf16Offsets } from './codePoints.js';
import { isDetectableName } from './entity-type.js';
import type { OutsideAnalyzer } from './outside-analyzer.js';
import type { Span } from './span.js';

const OPEN_MS = 5_000;
/** Texts that may be with the service at once; it works on few of them side by side, and the others would only wait. */
const MAX_UNDER_WAY = 64;
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * A Presidio analyzer service (`POST /analyze`, Presidio 2.2). It is told text and language alone, and answers in code
 * points. Three failures in a row and it is left alone for five seconds.
 */
export class Presidio implements OutsideAnalyzer {
  readonly part = 'presidio';
  private readonly breaker = new CircuitBreaker(OPEN_MS);
  private readonly address: URL;
  private underWay = 0;

  constructor(private readonly service: PresidioService) {
    const { url } = service;
    this.address = new URL('analyze', url.href.endsWith('/') ? url : `${url.href}/`);
  }

  async find(text: string): Promise<Span[]> {
    if (this.breaker.isOpen || this.underWay >= MAX_UNDER_WAY) throw new Error('left alone');
    this.underWay += 1;
    try {
      const spans = spansOf(await this.ask(text), text);
      this.breaker.succeeded();
      return spans;
    } catch (error) {
      this.breaker.failed();
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }

  private async ask(text: string): Promise<unknown> {
    const response = await fetch(this.address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, language: this.service.language }),
      redirect: 'error',
      signal: AbortSignal.timeout(this.service.timeoutMs),
    });
    const answer = await response.text();
    if (!response.ok || answer.length > MAX_ANSWER_BYTES) throw new Error('refused');
    return JSON.parse(answer);
  }
}

interface Finding {
  readonly start: number;
  readonly end: number;
  readonly entity_type: string;
  readonly score: number;
}

/** An answer that makes no sense anywhere is not believed in the rest either. */
function spansOf(answer: unknown, text: string): Span[] {
  if (!Array.isArray(answer) || !answer.every(isFinding)) throw new Error('malformed');
  const offsets = toUtf16Offsets(
    text,
    answer.flatMap(({ start, end }) => [start, end]),
  );
  return answer.map(({ entity_type: type, score }, index) => {
    const [start = NO_OFFSET, end = NO_OFFSET] = offsets.slice(2 * index, 2 * index + 2);
    if (start === NO_OFFSET || end <= start) throw new Error('malformed');
    return { start, end, type, score };
  });
}

function isFinding(value: unknown): value is Finding {
  if (typeof value !== 'object' || value === null) return false;
  const { entity_type: type, score } = value as Partial<Record<string, unknown>>;
  return typeof type === 'string' && isDetectableName(type) && typeof score === 'number' && score >= 0 && score <= 1;
}
