import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { type WorkspaceAccess, WorkspaceAccesses } from '../../workspace/workspace-access.js';

/**
 * Members that a message calls. They stand beside its text, by id: a name in the text would be masked, and an id says
 * nothing about anybody.
 */
@Injectable()
export class Mentions {
  constructor(private readonly workspaces: WorkspaceAccesses) {}

  /** Members mention members. @throws CodedError `forbidden` for visitors, `validation_failed` for who is no member */
  async check({ workspaceId, standing }: WorkspaceAccess, mentions: readonly string[] = []): Promise<void> {
    if (mentions.length === 0) return;
    if (standing === 'visitor') throw new CodedError('forbidden');
    if (!(await this.workspaces.areMembers(workspaceId, mentions))) {
      throw new CodedError('validation_failed', { fields: ['mentions'] });
    }
  }
}
