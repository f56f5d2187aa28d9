type Child = Node | string;

/** An element with a class and its content. Content is text, never markup: what people write stays what it is. */
export function element(tag: string, className: string, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/** The one element of a kind that a selector names. @throws where the page and its script do not belong together */
export function find<Kind extends Element>(
  kind: new () => Kind,
  selector: string,
  within: ParentNode = document,
): Kind {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** The code of a refusal, and the way to its page. */
export function codeLink(code: string): HTMLElement {
  const link = document.createElement('a');
  link.href = `/docs/errors/${encodeURIComponent(code)}`;
  link.target = '_blank';
  link.rel = 'noreferrer';
  link.textContent = code;
  return link;
}
