import { CodedError } from '../errors/coded-error.js';
import type { PiiPolicy } from '../workspace/pii-policy.js';
import type { EntityType } from './entity-type.js';
import type { PiiInstructions } from './instructions.js';

/** Entity types that detection looks for in one text. */
export type TypesToDetect = ReadonlySet<EntityType> | 'all' | 'none';

/**
 * Which entity types the service looks for itself: the call decides within what the policy allows. Pure.
 * @throws CodedError `masking_required`
 */
export function typesToDetect(auto: PiiInstructions['auto'], policy: Pick<PiiPolicy, 'mode' | 'types'>): TypesToDetect {
  const ofPolicy = policy.types === 'all' ? 'all' : new Set(policy.types);
  if (policy.mode === 'required') {
    if (auto === false) throw new CodedError('masking_required');
    if (ofPolicy === 'all' || !(auto instanceof Set)) return ofPolicy;
    return new Set([...ofPolicy, ...auto]);
  }
  if (auto === undefined) return policy.mode === 'off' ? 'none' : ofPolicy;
  if (auto === true) return ofPolicy;
  return auto === false ? 'none' : auto;
}
