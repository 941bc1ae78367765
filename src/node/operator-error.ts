/** What went wrong: the configuration and its files; nothing is there; what is there proves nothing; anything else. */
export type OperatorErrorKind = 'config' | 'missing' | 'unproved' | 'failed';

/** Something that the operator did or has to put right. The message says what to do; nobody needs a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly kind: OperatorErrorKind;

  constructor(kind: OperatorErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export function configError(message: string): OperatorError {
  return new OperatorError('config', message);
}

export function unwritable(setting: string, place: string, cause: unknown): OperatorError {
  return configError(`${setting}: ${place} cannot be written: ${(cause as Error).message}`);
}
