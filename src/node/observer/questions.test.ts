import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Provider, Providers } from './providers.ts';
import { Questions } from './questions.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('questions to providers', () => {
  let asked: string[];
  let replies: Map<string, () => Promise<number>>;
  let providers: Providers;
  let questions: Questions<number>;
  let waits: (() => void)[];
  let stopped: string[];

  beforeEach(() => {
    [asked, stopped, waits, replies] = [[], [], [], new Map()];
  });

  function begin(count: number): string[] {
    const names = Array.from({ length: count }, (_, i) => `p${i}`);
    const none = { latest: never, page: never, ledger: never };
    const all: Provider[] = names.map((name) => ({ name, ...none }));
    providers = new Providers(all, () => {});
    questions = new Questions(providers, () => new Promise((resolve) => waits.push(resolve)));
    return names;
  }

  const order = () => providers.inOrder().map(({ name }) => name);

  function call({ name }: Provider, signal: AbortSignal): Promise<number> {
    asked.push(name);
    signal.addEventListener('abort', () => stopped.push(name));
    return (replies.get(name) ?? never)();
  }

  /** All answers, or those up to and with one of `enough`. */
  async function ask(about: number, { enough = -1, atOnce = 1 } = {}): Promise<string[]> {
    const answers: string[] = [];
    for await (const { provider, value } of questions.ask(about, call, atOnce)) {
      answers.push(`${provider.name} ${value}`);
      if (value === enough) break;
    }
    return answers;
  }

  async function patienceEnds(): Promise<void> {
    await turn();
    const end = waits.pop();
    assert.ok(end, 'nobody is patient');
    end();
    await turn();
  }

  it('asks one after the other as long as they answer', async () => {
    for (const name of begin(3)) replies.set(name, async () => 1);
    assert.deepEqual(await ask(1, { enough: 1 }), ['p0 1']);
    assert.deepEqual(asked, ['p0']);
    assert.deepEqual(await ask(2), ['p0 1', 'p1 1', 'p2 1']);
    replies.set('p0', () => Promise.reject(new Error('down')));
    assert.deepEqual(await ask(3), ['p1 1', 'p2 1']);
    assert.deepEqual(order(), ['p1', 'p2', 'p0']);
  });

  it('asks twice as many whenever patience ends, and whoever was late last the next time', async () => {
    begin(9);
    replies.set('p7', async () => 1);
    const found = ask(1, { enough: 1 });
    const counts: number[] = [];
    for (const _ of [1, 2, 3]) {
      await turn();
      counts.push(asked.length);
      await patienceEnds();
    }
    assert.deepEqual(await found, ['p7 1']);
    assert.deepEqual(counts, [1, 2, 4]);
    assert.deepEqual(order().slice(0, 2), ['p7', 'p8']);
  });

  it('does not wait for the late once somebody has answered', async () => {
    begin(2);
    replies.set('p1', async () => 0);
    const first = ask(1);
    await patienceEnds();
    await patienceEnds();
    assert.deepEqual(await first, ['p1 0']);
    assert.deepEqual(await ask(1), ['p1 0'], 'and does not ask p0 again');
    assert.deepEqual(asked, ['p0', 'p1', 'p1']);
  });

  it('takes a late answer the next time it asks the same, and gives it up for something else', async () => {
    begin(2);
    let answers = (_value: number): void => {};
    replies.set('p0', () => new Promise((resolve) => (answers = resolve)));
    replies.set('p1', async () => 0);
    const first = ask(1);
    await patienceEnds();
    await patienceEnds();
    await first;
    answers(7);
    assert.ok((await ask(1)).includes('p0 7'));
    assert.deepEqual(stopped, []);
    replies.set('p0', never);
    const second = ask(2);
    await patienceEnds();
    await second;
    void ask(3);
    assert.deepEqual(stopped, ['p0']);
  });

  it('waits for the late where nobody else answers', async () => {
    begin(2);
    let answers = (_value: number): void => {};
    replies.set('p1', () => new Promise((resolve) => (answers = resolve)));
    const found = ask(1);
    await patienceEnds();
    await patienceEnds();
    assert.deepEqual(waits, []);
    answers(5);
    assert.deepEqual(await found, ['p1 5'], 'and not for p0');
  });

  it('lets two run against each other, and asks the slower one last', async () => {
    begin(3);
    replies.set('p1', async () => 1);
    assert.deepEqual(await ask(16, { enough: 1, atOnce: 2 }), ['p1 1']);
    assert.deepEqual(order(), ['p1', 'p2', 'p0']);
  });
});
