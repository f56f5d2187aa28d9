/**
 * Node 20 has ECMAScript 2024's well-formed strings, TypeScript's library for ES2023 does not know it yet. Harmless
 * beside the library's own declaration, which has the same signature.
 */
interface String {
  /** True when the string holds no lone surrogate, i.e. when it can be written as UTF-8 without loss. */
  isWellFormed(): boolean;
}
