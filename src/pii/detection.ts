import { Injectable } from '@nestjs/common';
import { CodedError } from '../errors/coded-error.js';
import { Metrics } from '../health/metrics.js';
import { DEFAULT_POLICY } from '../workspace/pii-policy.js';
import type { WorkspaceAccess } from '../workspace/workspace-access.js';
import { analyze } from './analyzer.js';
import { isKnownEntityType } from './entity-type.js';
import { checkTypesKnown, type PiiInstructions } from './instructions.js';
import { PatternsTooSlow } from './patterns/tenant-pattern.js';
import { WorkspaceRecognizers } from './patterns/workspace-recognizers.js';
import type { Recognizer } from './recognizers/recognizer.js';
import type { Span } from './span.js';
import { typesToDetect } from './types-to-detect.js';

/** What detection has to know of the workspace that a text is meant for. */
export type DetectionScope = Pick<WorkspaceAccess, 'workspaceId' | 'policy' | 'patternsRevision'>;

const RETRY_AFTER_SECONDS = 5;

/** Automatic detection as a workspace gets it. */
@Injectable()
export class Detection {
  constructor(
    private readonly recognizers: WorkspaceRecognizers,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Personal data of the types that the call asks for within the policy, as spans in UTF-16 offsets, sorted and without
   * overlaps. A promise only where something outside of this process is asked: what can be found here costs no turn of the
   * event loop.
   * @param scope undefined where the text belongs to no workspace
   * @throws CodedError `masking_required`, `auto_pii_mapping_malformed` for a type that nobody detects, `unavailable`
   */
  find(
    text: string,
    auto: PiiInstructions['auto'],
    scope?: DetectionScope,
  ): readonly Span[] | Promise<readonly Span[]> {
    const own = scope && this.recognizers.of(scope);
    return own instanceof Promise
      ? own.then((recognizer) => this.findWith(text, auto, scope, recognizer))
      : this.findWith(text, auto, scope, own);
  }

  private findWith(
    text: string,
    auto: PiiInstructions['auto'],
    scope: DetectionScope | undefined,
    own: Recognizer | undefined,
  ): readonly Span[] {
    const types = typesToDetect(auto, scope?.policy ?? DEFAULT_POLICY);
    checkTypesKnown(auto, (type) => isKnownEntityType(type) || own?.types.includes(type) === true);
    if (types === 'none') return [];
    const options = types === 'all' ? {} : { types };
    try {
      return analyze(text, own ? { ...options, own } : options);
    } catch (error) {
      if (!(error instanceof PatternsTooSlow)) throw error;
      this.failed('patterns', scope);
      return analyze(text, options);
    }
  }

  /** Where masking is required, nothing passes that was not looked at in full; elsewhere the rest is better than nothing. */
  private failed(part: string, scope: DetectionScope | undefined): void {
    this.metrics.detectionFailures.inc({ part });
    if (scope?.policy.mode === 'required') throw new CodedError('unavailable', { retryAfter: RETRY_AFTER_SECONDS });
  }
}
