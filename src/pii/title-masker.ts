import { Injectable } from '@nestjs/common';
import type { PiiPolicy } from '../workspace/pii-policy.js';
import { analyze } from './analyzer.js';
import { maskForGood } from './mask-for-good.js';

/** Masks titles by the policy of a workspace. Their originals are kept nowhere. */
@Injectable()
export class TitleMasker {
  mask(title: string, { mode, types }: Pick<PiiPolicy, 'mode' | 'types'>): string {
    if (mode === 'off') return title;
    return maskForGood(title, analyze(title, types === 'all' ? {} : { types: new Set(types) }));
  }
}
