import { genesisCoins, ledgerIdOf, paramsDigest } from '../codec/genesis.ts';
import { fromHex, toHex } from '../codec/hex.ts';
import { type Committee, createCommittee } from '../committee/committee.ts';
import { taggedHash } from '../crypto/hash.ts';
import { keyLock } from '../crypto/locks.ts';
import { uint32Bytes } from '../std/bytes.ts';
import type { Genesis, Member } from '../types/genesis.ts';
import { type LedgerId, type Outpoint, parseOutpointKey, type TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import { isWitnessed } from './checkers/signatures.ts';
import { mockKey, mockVerifier } from './mock-signatures.ts';
import type { Setting } from './reference/model.ts';
import type { Scenario } from './traits.ts';
import { genesisOutputs, MIN_FEE } from './workload.ts';

/** What all validators of a run agreed on before it began. */
export type Stage = {
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly scenario: Scenario;
  /** The same, as the reference model wants it. */
  readonly setting: Setting;
  /** In the order of genesis.outputs. */
  readonly genesisOutpoints: readonly Outpoint[];
};

const MEMBER_KIND = 1;

export function setStage(scenario: Scenario): Stage {
  const genesis = createGenesis(scenario);
  const ledgerId = ledgerIdOf(genesis);
  const committee = createCommittee(genesis.committee);
  const coins = new Map(genesisCoins(genesis));
  const lanes = [...Array(scenario.n).keys()];
  const setting: Setting = {
    n: scenario.n,
    quorum: committee.quorum,
    ledgerId,
    minFee: genesis.params.minFee,
    laneWindowMax: genesis.params.laneWindowMax,
    generationEpochs: genesis.params.generationEpochs ?? 0,
    paramsDigest: paramsDigest(genesis.params),
    ...(scenario.leaders === undefined ? {} : { leaders: scenario.leaders }),
    ...(scenario.sharedChecks === true
      ? { isWitnessed: (block) => isWitnessed(block, mockVerifier) }
      : {}),
    genesis: coins,
    payoutLocks: lanes.map((lane) => keyLock(committee.publicKey(lane))),
    feeTxid: (epoch) =>
      taggedHash('fee-transaction', fromHex(ledgerId)!, uint32Bytes(epoch)) as string as TxId,
  };
  const genesisOutpoints = [...coins.keys()].map(parseOutpointKey);
  return { genesis, ledgerId, committee, scenario, setting, genesisOutpoints };
}

function createGenesis(scenario: Scenario): Genesis {
  const committee: Member[] = Array.from({ length: scenario.n }, (_, lane) => ({
    name: `validator ${lane}`,
    publicKey: toHex(mockKey(MEMBER_KIND, lane)),
  }));
  return {
    format: 1,
    name: `seed ${scenario.seed}`,
    addressPrefix: 'althsim',
    committee,
    params: {
      minFee: MIN_FEE,
      laneWindowMax: scenario.laneWindowMax,
      blockTxsMax: WIRE_LIMITS.blockTxsMax.value,
      blockBytesMax: WIRE_LIMITS.blockBytesMax.value,
      ...(scenario.sharedChecks === true ? { sharedChecks: true } : {}),
      ...(scenario.generationEpochs > 0 ? { generationEpochs: scenario.generationEpochs } : {}),
    },
    outputs: genesisOutputs(scenario.workload),
  };
}
