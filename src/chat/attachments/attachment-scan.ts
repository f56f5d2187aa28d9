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
   * How many values of each type a text holds, as far as the policy of the workspace asks for them.
   * @throws CodedError `unavailable` where masking is required and a part of detection does not answer
   */
  async scan(content: Buffer, scope: DetectionScope): Promise<TypeCounts> {
    const text = textOf(content);
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

/** UTF-16 where the byte order mark says so, else UTF-8; what is neither is read as it comes. */
function textOf(content: Buffer): string {
  const encoding = content[0] === 0xff && content[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(content);
}
