import { ledgerIdOf } from '../../codec/genesis.ts';
import { toHex } from '../../codec/hex.ts';
import { type Committee, createCommittee } from '../../committee/committee.ts';
import type { Genesis, Member } from '../../types/genesis.ts';
import { type LedgerId, type Outpoint, parseOutpointKey } from '../../types/ids.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import type { Setting } from '../reference/model.ts';
import { settingOf } from '../reference/setting.ts';
import type { Scenario } from '../traits.ts';
import { mockKey, mockVerifier } from './mock-signatures.ts';
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
  const setting: Setting = {
    ...settingOf({ genesis, ledgerId, committee }, mockVerifier),
    ...(scenario.leaders === undefined ? {} : { leaders: scenario.leaders }),
  };
  const genesisOutpoints = [...setting.genesis.keys()].map(parseOutpointKey);
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
