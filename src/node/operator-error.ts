/** Something that the operator did or has to put right. The message says what to do; nobody needs a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  /** What went wrong: the configuration and its files, or anything else. */
  readonly kind: 'config' | 'failed';

  constructor(kind: 'config' | 'failed', message: string) {
    super(message);
    this.kind = kind;
  }
}

export function configError(message: string): OperatorError {
  return new OperatorError('config', message);
}
