import { Injectable } from '@nestjs/common';
import { CodedError } from '../errors/coded-error.js';
import { Metrics } from '../health/metrics.js';
import type { Operator, PiiPolicy } from '../workspace/pii-policy.js';
import { ChatKeys, type ChatScope } from './vault/chat-keys.js';
import { fingerprint } from './vault/value-cipher.js';
import { normalizeValue } from './normalize.js';
import type { MaskedText, Position } from './masked-text.js';
import type { Finding, MaskingDraft } from './masking-draft.js';
import { NameMemory } from './memory/name-memory.js';
import { type Assigned, Placeholders } from './vault/placeholders.js';

/** A masked text together with what was masked, for its sender alone. */
export interface PlacedText extends MaskedText {
  /** Placeholder to original, for every placeholder in `positions`. */
  readonly mapping: ReadonlyMap<string, string>;
  /** Of the chat's key when its values had these placeholders; null where it has none of the chat. */
  readonly keyVersion: number | null;
}

const NOTHING: ReadonlyMap<Finding, string> = new Map();
const RETRY_AFTER_SECONDS = 5;
const HASH_CHARACTERS = 16;
const MASK_KEEPS = 4;

/** Replaces the findings of a draft, by the operators of the workspace's policy. */
@Injectable()
export class Masker {
  constructor(
    private readonly placeholders: Placeholders,
    private readonly keys: ChatKeys,
    private readonly memory: NameMemory,
    private readonly metrics: Metrics,
  ) {}

  /** Gives each value its placeholder in the chat, for good, and stores originals where the policy has a vault. */
  async place(draft: MaskingDraft, scope: ChatScope, policy: PiiPolicy): Promise<PlacedText> {
    return this.replace(draft, scope, policy, (replaceable, typed) =>
      this.placeholders.assign(scope, replaceable, typed, policy.vault),
    );
  }

  /** Drops what is known of a chat, after an erasure that this node has not heard of. */
  forget(scope: ChatScope): void {
    this.keys.forget(scope);
  }

  /** What `place` would make of it; nothing is stored. */
  async preview(draft: MaskingDraft, scope: ChatScope, policy: PiiPolicy): Promise<PlacedText> {
    return this.replace(draft, scope, policy, (replaceable, typed) =>
      this.placeholders.preview(scope, replaceable, typed),
    );
  }

  private async replace(
    found: MaskingDraft,
    scope: ChatScope,
    policy: PiiPolicy,
    nameAll: (findings: Finding[], typed: ReadonlySet<string>) => Promise<Assigned>,
  ): Promise<PlacedText> {
    const draft = (await this.memory.recall(found, scope, policy.vault)) ?? this.withoutMemory(found, policy);
    const findings = draft.findings();
    if (findings.length === 0) return assemble(draft, NOTHING, NOTHING);
    const operatorOf = ({ type }: Finding): Operator => policy.operators[type] ?? 'replace';
    const replaceable = findings.filter((finding) => operatorOf(finding) === 'replace');
    const unnamed = replaceable.filter(({ placeholder }) => placeholder === undefined);
    const distinct = firstOfEachValue(unnamed);
    const assigned = await nameAll([...distinct.values()], draft.typed);
    const named = new Map([...distinct.keys()].map((key, index) => [key, assigned.placeholders[index] ?? '']));
    const placeholders = new Map(unnamed.map((finding) => [finding, named.get(valueKey(finding)) ?? '']));
    for (const finding of replaceable) if (finding.placeholder) placeholders.set(finding, finding.placeholder);
    const final = new Map<Finding, string>();
    for (const finding of findings) {
      const operator = operatorOf(finding);
      if (operator === 'redact') final.set(finding, `[${finding.type}]`);
      if (operator === 'mask') final.set(finding, maskAllButLast(finding.surface));
      if (operator === 'hash') final.set(finding, await this.hash(scope, finding));
    }
    const known = [assigned.keyVersion, ...replaceable.map(({ keyVersion }) => keyVersion)];
    const versions = known.filter((version) => version !== undefined);
    const keyVersion = versions.length === 0 ? null : Math.min(...versions);
    return { ...assemble(draft, placeholders, final), keyVersion };
  }

  /** Where masking is required, nothing passes in which a known name may stand unseen. @throws CodedError `unavailable` */
  private withoutMemory(draft: MaskingDraft, policy: PiiPolicy): MaskingDraft {
    this.metrics.detectionFailures.inc({ part: 'memory' });
    if (policy.mode === 'required') throw new CodedError('unavailable', { retryAfter: RETRY_AFTER_SECONDS });
    return draft;
  }

  private hash(scope: ChatScope, { type, value }: Finding): Promise<string> {
    return this.keys.use(scope, (key) => {
      const print = fingerprint(key, normalizeValue(type, value) || value).toString('hex');
      return `[${type}:${print.slice(0, HASH_CHARACTERS)}]`;
    });
  }
}

const valueKey = ({ type, value }: Finding): string => `${type} ${value}`;

/** So that a value which stands in a text ten thousand times is asked for once. */
function firstOfEachValue(findings: readonly Finding[]): Map<string, Finding> {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    const key = valueKey(finding);
    if (!first.has(key)) first.set(key, finding);
  }
  return first;
}

/** Stars for everything but the last four letters and digits; for everything where there are not at least eight. */
function maskAllButLast(value: string): string {
  const characters = Array.from(value);
  const keep = characters.length >= 2 * MASK_KEEPS ? MASK_KEEPS : 0;
  return '*'.repeat(characters.length - keep) + characters.slice(characters.length - keep).join('');
}

/** Puts a text together from a draft. `final` holds what can never be undone, so it leaves no position. */
export function assemble(
  draft: MaskingDraft,
  placeholders: ReadonlyMap<Finding, string>,
  final: ReadonlyMap<Finding, string>,
): PlacedText {
  const positions: Position[] = [];
  const mapping = new Map<string, string>();
  let text = '';
  let at = 0;
  for (const segment of draft.segments()) {
    const placeholder = typeof segment === 'string' ? undefined : placeholders.get(segment);
    const written = typeof segment === 'string' ? segment : (placeholder ?? final.get(segment) ?? '');
    const end = at + codePointLength(written);
    if (placeholder !== undefined && typeof segment !== 'string') {
      const type = placeholder.slice(1, placeholder.lastIndexOf('_'));
      positions.push({ start: at, end, type, placeholder });
      if (!mapping.has(placeholder)) mapping.set(placeholder, segment.value);
    }
    text += written;
    at = end;
  }
  return { text, positions, mapping, keyVersion: null };
}

const LEAD = /[\ud800-\udbff]/g;

/** Of a well-formed text. */
const codePointLength = (text: string): number => text.length - (text.match(LEAD)?.length ?? 0);
