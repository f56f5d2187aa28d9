import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Analyzers } from '../config/analyzers.js';
import { Config, ConfigError } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import { Metrics } from '../health/metrics.js';
import { DEFAULT_POLICY } from '../workspace/pii-policy.js';
import type { WorkspaceAccess } from '../workspace/workspace-access.js';
import { analyze, type AnalyzeOptions } from './analyzer.js';
import { isKnownEntityType } from './entity-type.js';
import { fold } from './folding.js';
import { checkTypesKnown, type PiiInstructions } from './instructions.js';
import { OnnxModel } from './onnx/onnx-model.js';
import type { OutsideAnalyzer } from './outside-analyzer.js';
import { PatternsTooSlow, type TenantRecognizer } from './patterns/tenant-pattern.js';
import { WorkspaceRecognizers } from './patterns/workspace-recognizers.js';
import { Presidio } from './presidio.js';
import type { Span } from './span.js';
import { typesToDetect } from './types-to-detect.js';

/** What detection has to know of the workspace that a text is meant for. */
export type DetectionScope = Pick<WorkspaceAccess, 'workspaceId' | 'policy' | 'patternsRevision'>;

type Found = readonly Span[] | Promise<readonly Span[]>;

const RETRY_AFTER_SECONDS = 5;

/** Automatic detection as a workspace gets it. */
@Injectable()
export class Detection implements OnModuleInit {
  private readonly outside: OutsideAnalyzer[] = [];
  private readonly analyzers: Analyzers;

  constructor(
    private readonly recognizers: WorkspaceRecognizers,
    private readonly metrics: Metrics,
    { analyzers }: Config,
  ) {
    this.analyzers = analyzers;
    if (analyzers.presidio) this.outside.push(new Presidio(analyzers.presidio));
  }

  /** @throws ConfigError where there is to be a model and it cannot run */
  async onModuleInit(): Promise<void> {
    const { model } = this.analyzers;
    if (model === undefined) return;
    try {
      this.outside.push(await OnnxModel.load(model));
    } catch {
      throw new ConfigError(
        'PII_ONNX_MODEL',
        'needs a folder with model.onnx, vocab.txt and config.json, and the package onnxruntime-node',
      );
    }
  }

  /**
   * Personal data of the types that the call asks for within the policy, as spans in UTF-16 offsets, sorted and without
   * overlaps. A promise only where something outside of this process is asked: what can be found here costs no turn of the
   * event loop.
   * @param scope undefined where the text belongs to no workspace
   * @throws CodedError `masking_required`, `auto_pii_mapping_malformed` for a type that nobody detects, `unavailable`
   */
  find(text: string, auto: PiiInstructions['auto'], scope?: DetectionScope): Found {
    const own = scope && this.recognizers.of(scope);
    return own instanceof Promise
      ? own.then((recognizer) => this.findWith(text, auto, scope, recognizer))
      : this.findWith(text, auto, scope, own);
  }

  /** Whether somebody detects this type in every workspace. What an outside analyzer may know is for that one to say. */
  knows(type: string): boolean {
    return isKnownEntityType(type) || this.outside.length > 0;
  }

  private findWith(
    text: string,
    auto: PiiInstructions['auto'],
    scope: DetectionScope | undefined,
    own: TenantRecognizer | undefined,
  ): Found {
    const types = typesToDetect(auto, scope?.policy ?? DEFAULT_POLICY);
    checkTypesKnown(auto, (type) => this.knows(type) || own?.types.includes(type) === true);
    if (types === 'none') return [];
    if (own && own.unusable.length > 0) this.failed('patterns', scope);
    const options = { ...(types !== 'all' && { types }), ...(own && { own }) };
    return this.outside.length === 0 ? this.analyze(text, options, scope) : this.findOutside(text, options, scope);
  }

  private async findOutside(
    text: string,
    options: AnalyzeOptions,
    scope: DetectionScope | undefined,
  ): Promise<readonly Span[]> {
    // Folded, so that no disguise deceives them either, and all offsets mean the same.
    const plain = fold(text).text;
    const answers = await Promise.allSettled(this.outside.map((analyzer) => analyzer.find(plain)));
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const silent = this.outside.filter((_, index) => answers[index]?.status === 'rejected');
    for (const { part } of silent) this.failed(part, scope);
    return this.analyze(text, { ...options, found, builtin: this.analyzers.builtin || silent.length > 0 }, scope);
  }

  private analyze(text: string, options: AnalyzeOptions, scope: DetectionScope | undefined): Span[] {
    try {
      return analyze(text, options);
    } catch (error) {
      if (!(error instanceof PatternsTooSlow)) throw error;
      this.failed('patterns', scope);
      const { own: _own, ...others } = options;
      return analyze(text, others);
    }
  }

  /** Where masking is required, nothing passes that was not looked at in full; elsewhere the rest is better than nothing. */
  private failed(part: OutsideAnalyzer['part'] | 'patterns', scope: DetectionScope | undefined): void {
    this.metrics.detectionFailures.inc({ part });
    if (scope?.policy.mode === 'required') throw new CodedError('unavailable', { retryAfter: RETRY_AFTER_SECONDS });
  }
}
