import type { ComponentLogger, Logger } from '@libp2p/interface';

const nothing = (): void => undefined;
const silent: Logger = Object.assign(nothing, {
  error: nothing,
  trace: nothing,
  enabled: false,
  newScope: (): Logger => silent,
});

/** libp2p's own asks the terminal what it is for every connection and stream, before it writes nothing. */
export const silentLog: ComponentLogger = { forComponent: () => silent };
