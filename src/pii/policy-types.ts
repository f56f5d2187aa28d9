import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { within } from '../database/database.js';
import { CodedError } from '../errors/coded-error.js';
import { WorkspaceLifecycle, type WorkspaceParticipant } from '../workspace/workspace-lifecycle.js';
import { Detection } from './detection.js';
import { TenantPatternStore } from './patterns/tenant-pattern.store.js';

/** Refuses policies that look for a type which nobody detects: a misspelt one would mask nothing without a word. */
@Injectable()
export class PolicyTypes implements OnModuleInit, WorkspaceParticipant {
  constructor(
    private readonly lifecycle: WorkspaceLifecycle,
    private readonly detection: Detection,
    private readonly patterns: TenantPatternStore,
  ) {}

  onModuleInit(): void {
    this.lifecycle.join(this);
  }

  async onTypesChosen(manager: EntityManager, workspaceId: string, types: readonly string[]): Promise<void> {
    const strange = types.filter((type) => !this.detection.knows(type));
    if (strange.length === 0) return;
    const rows = await this.patterns.ofWorkspace(workspaceId, await within(manager));
    const own = new Set(rows.map(({ type }) => type));
    if (strange.every((type) => own.has(type))) return;
    throw new CodedError('validation_failed', { fields: ['piiPolicy'], reason: 'unknown_type' });
  }
}
