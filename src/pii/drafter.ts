import { Injectable } from '@nestjs/common';
import { Metrics } from '../health/metrics.js';
import { Traces } from '../tracing/traces.js';
import { DEFAULT_POLICY } from '../workspace/pii-policy.js';
import { Detection, type DetectionScope } from './detection.js';
import { draftMessage } from './draft-message.js';
import { isKnownEntityType } from './entity-type.js';
import type { PiiInstructions } from './instructions.js';
import type { MaskingDraft } from './masking-draft.js';
import type { Span } from './span.js';
import { typesToDetect } from './types-to-detect.js';

/** A draft, or the promise of one where detection asks somebody outside of this process. */
export type Drafting = MaskingDraft | Promise<MaskingDraft>;

/** Takes messages apart by what their caller says and what detection finds. */
@Injectable()
export class Drafter {
  constructor(
    private readonly detection: Detection,
    private readonly metrics: Metrics,
    private readonly traces: Traces,
  ) {}

  /**
   * A promise is handed on as it is, so that messages of one socket are looked at side by side and still stand in line in the
   * order in which they came; one that is rejected before anybody awaits it ends nothing.
   * @param scope undefined where the text belongs to no workspace
   * @throws CodedError `bad_span`, `payload_too_large`, and what `Detection` throws
   */
  draft(text: string, instructions: PiiInstructions, scope?: DetectionScope): Drafting {
    const begun = performance.now();
    const draftWith = (found: readonly Span[]): MaskingDraft => {
      const types = typesToDetect(instructions.auto, scope?.policy ?? DEFAULT_POLICY);
      if (types !== 'none') this.count(found, performance.now() - begun);
      return draftMessage(text, instructions, found, types);
    };
    const found = this.traces.step('detect', {}, () => this.detection.find(text, instructions.auto, scope));
    if (!(found instanceof Promise)) return draftWith(found);
    const draft = found.then(draftWith);
    draft.catch(() => undefined);
    return draft;
  }

  private count(found: readonly Span[], milliseconds: number): void {
    this.metrics.detectionSeconds.observe(milliseconds / 1_000);
    for (const { type } of found) this.metrics.spans.inc({ type: isKnownEntityType(type) ? type : 'other' });
  }
}
