import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('users')
export class User {
  @PrimaryColumn('uuid')
  id: string;

  /** Free text, masked of structured personal data on the way in. */
  @Column('text', { name: 'display_name' })
  displayName: string;

  /** Id of the user in the caller's own directory; for bearer tokens the `sub` claim. */
  @Column('text', { name: 'external_id', nullable: true })
  externalId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** No session and no connection string counts that was issued then or before. */
  @Column('timestamptz', { name: 'sessions_ended_at', nullable: true })
  sessionsEndedAt: Date | null;
}
