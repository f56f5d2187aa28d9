import { Injectable } from '@nestjs/common';
import type { WorkspaceAccess } from '../workspace/workspace-access.js';
import { analyze } from './analyzer.js';
import type { Span } from './span.js';
import type { TypesToDetect } from './types-to-detect.js';

/** What detection has to know of the workspace that a text is meant for. */
export type DetectionScope = Pick<WorkspaceAccess, 'workspaceId' | 'policy'>;

/** Automatic detection as a workspace gets it. */
@Injectable()
export class Detection {
  /**
   * Personal data of these types, as spans in UTF-16 offsets, sorted and without overlaps. A promise only where something
   * outside of this process is asked: what can be found here costs no turn of the event loop.
   * @param scope undefined where the text belongs to no workspace
   */
  find(text: string, types: TypesToDetect, _scope?: DetectionScope): readonly Span[] | Promise<readonly Span[]> {
    if (types === 'none') return [];
    return analyze(text, types === 'all' ? {} : { types });
  }
}
