/**
 * A query as the index understands it: a placeholder is a phrase of its words. Inside quotes it is part of a phrase already.
 */
export function searchWords(query: string): string {
  return query
    .split('"')
    .map((part, index) => (index % 2 === 1 ? part : part.replace(PLACEHOLDER, (placeholder) => `"${placeholder}"`)))
    .join('"');
}

const PLACEHOLDER = /<[A-Z][A-Z0-9_]{0,31}_[1-9][0-9]{0,5}>/g;
