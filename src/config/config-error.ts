/** A setting that is missing, malformed or unsafe. The message is one line and names the variable, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(
    readonly variable: string,
    /** What the variable must be, as the end of a sentence: "must be a whole number from 0 to 65535". */
    readonly rule: string,
  ) {
    super(`${variable} ${rule}`);
  }
}
