import { Injectable } from '@nestjs/common';
import { Detection, type DetectionScope } from './detection.js';
import { maskForGood } from './mask-for-good.js';

/** Masks titles by the policy of a workspace. Their originals are kept nowhere. */
@Injectable()
export class TitleMasker {
  constructor(private readonly detection: Detection) {}

  async mask(title: string, scope: DetectionScope): Promise<string> {
    return maskForGood(title, await this.detection.find(title, undefined, scope));
  }
}
