/** What happens to detected values of a type: `replace` is reversible, the others are for good. */
export const OPERATORS = ['replace', 'redact', 'mask', 'hash'] as const;
export type Operator = (typeof OPERATORS)[number];

export const POLICY_MODES = ['off', 'auto', 'required'] as const;
export type PolicyMode = (typeof POLICY_MODES)[number];

/** How a workspace treats personal data in its messages. */
export interface PiiPolicy {
  /** `off`: no detection unless a call asks for it; `auto`: unless a call declines; `required`: always. */
  readonly mode: PolicyMode;
  /** Whether originals are kept, encrypted. Without the vault only the caller keeps the mapping. */
  readonly vault: boolean;
  /** Entity types that detection looks for. */
  readonly types: readonly string[] | 'all';
  /** Per entity type; `replace` where a type is not named. */
  readonly operators: Readonly<Record<string, Operator>>;
  /** Whether whoever reads originals must say why. */
  readonly accessReason: 'optional' | 'required';
  /** Days after which messages are removed, and originals that no message shows any more. */
  readonly retentionDays?: number;
  /** Days after which originals of a type are erased, whatever messages show them. */
  readonly typeRetentionDays?: Readonly<Record<string, number>>;
}

export const DEFAULT_POLICY: PiiPolicy = Object.freeze({
  mode: 'auto',
  vault: true,
  types: 'all',
  operators: {},
  accessReason: 'optional',
});
