/** What `npm audit --json` has said of known holes, and the exit code for it. */
export declare function verdictOf(output: string): { readonly code: 0 | 1; readonly line: string };
