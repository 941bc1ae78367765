/**
 * Promise.withResolvers for Node 20, which libp2p 3 takes for granted. Entry points import this file
 * before anything else; so does every file that is the first to load libp2p.
 */
Promise.withResolvers ??= function withResolvers<T>(this: PromiseConstructor) {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new this<T>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { promise, resolve, reject };
};
