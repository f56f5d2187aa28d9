import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { PiiPolicy } from './pii-policy.js';

export type Visibility = 'private' | 'public';

@Entity('workspaces')
export class Workspace {
  @PrimaryColumn('uuid')
  id: string;

  /** Masked. */
  @Column('text')
  name: string;

  @Column('text')
  visibility: Visibility;

  @Column('jsonb', { name: 'pii_policy' })
  piiPolicy: PiiPolicy;

  @Column('uuid', { name: 'default_chat_id' })
  defaultChatId: string;

  /** Counts changes of the workspace's own patterns. */
  @Column('integer', { name: 'patterns_revision', default: 0 })
  patternsRevision: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;
}
