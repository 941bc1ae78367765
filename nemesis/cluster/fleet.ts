import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Devnet, layOutDevnet, PORT_OFFSETS } from '../../src/devnet/layout.ts';
import type { LaneId } from '../../src/types/ids.ts';
import { Disk } from './disks.ts';
import { loopback, type Network } from './network.ts';
import type { Orders } from './orders.ts';
import { OBEDIENT, Validator, type ValidatorPlace } from './validator.ts';

export type FleetOptions = {
  readonly validators: number;
  readonly portBase: number;
  /** Accounts of clients. */
  readonly accounts: number;
  readonly network?: Network;
  /** A file system of its own for every validator. */
  readonly ownDisks?: boolean;
  readonly settings?: Parameters<typeof layOutDevnet>[0]['settings'];
  readonly generationEpochs?: number;
  /** Kept at the end; default: a temporary folder. */
  readonly folder?: string | undefined;
  readonly orders?: (lane: LaneId) => Orders;
  /** What a validator runs at its next start; default: the bundle that orders can reach into. */
  readonly program?: ((lane: LaneId) => string) | undefined;
};

/** A devnet whose validators can be treated badly one by one. Ends with this process, whatever happens. */
export class Fleet {
  readonly devnet: Devnet;
  readonly network: Network;
  readonly validators: readonly Validator[];
  readonly disks: readonly Disk[];
  readonly folder: string;
  readonly generationEpochs: number | undefined;
  #keep: boolean;
  readonly #orders: (lane: LaneId) => Orders;
  readonly #program: (lane: LaneId) => string;

  constructor(options: FleetOptions) {
    const { validators, accounts, portBase } = options;
    this.#keep = options.folder !== undefined;
    this.folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'althing-nemesis-'));
    this.network = options.network ?? loopback;
    this.generationEpochs = options.generationEpochs;
    this.#orders = options.orders ?? (() => ({}));
    this.#program = options.program ?? (() => OBEDIENT);
    this.devnet = layOutDevnet({
      home: this.folder,
      validators,
      accounts,
      portBase,
      seed: null,
      reset: true,
      ...(options.generationEpochs ? { generationEpochs: options.generationEpochs } : {}),
      settings: { 'log.level': 'info', 'verify.mode': 'inline', ...options.settings },
    });
    this.validators = this.devnet.validators.map(
      ({ lane }) => new Validator(this.#place(lane, portBase)),
    );
    this.disks = options.ownDisks === true ? this.#mountDisks() : [];
    process.once('exit', this.#abandon);
  }

  get f(): number {
    return Math.floor((this.validators.length - 1) / 3);
  }

  get quorum(): number {
    return Math.floor((this.validators.length + this.f) / 2) + 1;
  }

  validator(lane: LaneId): Validator {
    const found = this.validators[lane];
    if (found === undefined) throw new Error(`no validator ${lane}`);
    return found;
  }

  disk(lane: LaneId): Disk {
    const found = this.disks[lane];
    if (found === undefined) throw new Error(`validator ${lane} has no disk of its own`);
    return found;
  }

  /** What validators said that ended although nobody had asked them to. */
  get deaths(): readonly string[] {
    return this.validators.flatMap((one) => one.deaths);
  }

  /** Resolves when all are ready. */
  async start(): Promise<void> {
    await Promise.all(this.validators.map((one) => this.launch(one.lane)));
  }

  /** Starts one; resolves when it is ready. */
  launch(lane: LaneId): Promise<void> {
    return this.validator(lane).start(this.#orders(lane), this.#program(lane)).ready;
  }

  /** The folder stays, for who looks into it. */
  keep(): void {
    this.#keep = true;
  }

  /** Clean ends, then everything that was set up is taken down. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.#killAll(), 15_000);
    await Promise.all(this.validators.map((one) => one.stop()));
    clearTimeout(late);
    process.off('exit', this.#abandon);
    this.#abandon();
  }

  readonly #abandon = (): void => {
    this.#killAll();
    this.network.close();
    for (const disk of this.disks) disk.close();
    if (!this.#keep) rmSync(this.folder, { recursive: true, force: true });
  };

  #killAll(): void {
    for (const one of this.validators) void one.kill();
  }

  #place(lane: LaneId, portBase: number): ValidatorPlace {
    const host = this.network.host(lane);
    const port = (kind: keyof typeof PORT_OFFSETS) => portBase + PORT_OFFSETS[kind] + lane;
    const { home } = this.devnet.validators[lane] as Devnet['validators'][number];
    const bootstrap = this.devnet.validators
      .filter((other) => other.lane !== lane)
      .map((other) => other.p2p.replace('127.0.0.1', this.network.host(other.lane)));
    return {
      lane,
      home,
      enter: this.network.enter(lane),
      rest: `http://${host}:${port('rest')}`,
      metrics: `http://${host}:${port('metrics')}/metrics`,
      flags: [
        ...['--rest.host', host, '--metrics.host', host],
        ...['--p2p.listen', `/ip4/${host}/tcp/${port('p2p')}`],
        ...['--p2p.bootstrap', bootstrap.join(',')],
      ],
    };
  }

  #mountDisks(): Disk[] {
    return this.validators.map(({ place }) => {
      const disk = new Disk(`${place.home}.img`, path.join(place.home, 'data'));
      disk.mount();
      return disk;
    });
  }
}
