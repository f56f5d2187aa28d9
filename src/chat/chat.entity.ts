import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('chats')
export class Chat {
  @PrimaryColumn('uuid', { name: 'workspace_id' })
  workspaceId: string;

  @PrimaryColumn('uuid')
  id: string;

  /** Masked. */
  @Column('text')
  title: string;

  /** Sequence of the latest durable event. Only the message store moves it. */
  @Column({
    name: 'last_seq',
    type: 'bigint',
    default: 0,
    update: false,
    transformer: { from: Number, to: (value: unknown) => value },
  })
  lastSeq: number;

  /** Of the chat's key, since its last erasure. Only an erasure moves it. */
  @Column({ name: 'erased_version', type: 'integer', default: 0, update: false })
  erasedVersion: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;
}
