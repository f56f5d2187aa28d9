/** Roles of a member, from the strongest. */
export const ROLES = ['owner', 'admin', 'member', 'reader'] as const;
export type Role = (typeof ROLES)[number];

/** What a caller is in a workspace: a member by role, or a visitor of a public one. */
export type Standing = Role | 'visitor';

/** May change chats and members. */
export const mayAdminister = (standing: Standing): boolean => standing === 'owner' || standing === 'admin';

/** May post. Visitors of a public workspace may; readers are members who only read. */
export const mayPost = (standing: Standing): boolean => standing !== 'reader';
