import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TypeCounts } from '../../pii/audit/audit-entry.js';
import { Detection, type DetectionScope } from '../../pii/detection.js';

/** Characters that are looked at in one turn of the event loop. */
const WINDOW = 16_000;
/** What one window shares with the next, so that no value is cut by both. */
const OVERLAP = 1_000;

/** Whether files of a type are text, which is looked through. */
export const isText = (type: string): boolean => /^(?:text\/.+|application\/(?:json|xml|yaml|x-ndjson))$/.test(type);

/** Looks through text files as detection looks through messages. */
@Injectable()
export class AttachmentScanner {
  constructor(private readonly detection: Detection) {}

  /**
   * How many values of each type a text holds, as far as the policy of the workspace asks for them; undefined where it is
   * none, whatever it was said to be.
   * @throws CodedError `unavailable` where masking is required and a part of detection does not answer
   */
  async scan(content: Buffer, scope: DetectionScope): Promise<TypeCounts | undefined> {
    const text = textOf(content);
    if (text === undefined) return undefined;
    const counts: Record<string, number> = {};
    for (let at = 0; at < text.length; at += WINDOW - OVERLAP) {
      const isLast = at + WINDOW >= text.length;
      const spans = await this.detection.find(text.slice(at, at + WINDOW), undefined, scope);
      // What begins in the overlap is counted by the next window, which has the whole of it.
      for (const { start, type } of spans) {
        if (isLast || start < WINDOW - OVERLAP) counts[type] = (counts[type] ?? 0) + 1;
      }
      if (isLast) break;
      await nextTurn();
    }
    return counts;
  }
}

/** Controls that are not white space: no text holds them, and what is packed or is an image has them among its first bytes. */
const CONTROLS = /[^\P{Cc}\s\u0080-\u009f]/gu;
/** But for the one that colours a log. */
const ESCAPE = '\u001b';

/** UTF-16 where the byte order mark says so, else UTF-8; bytes that are neither are read as they come. */
function textOf(content: Buffer): string | undefined {
  const mark = content.subarray(0, 2).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding).decode(content);
  for (const [control] of text.matchAll(CONTROLS)) {
    if (control !== ESCAPE) return undefined;
  }
  return text;
}
