/** Types whose values are found again in later messages of a chat. */
export const REMEMBERED_TYPES: readonly string[] = ['PERSON', 'ORGANIZATION', 'LOCATION'];

export const isRemembered = (type: string): boolean => REMEMBERED_TYPES.includes(type);
