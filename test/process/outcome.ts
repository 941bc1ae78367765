import { encodeCheckpoint } from '../../src/codec/checkpoint.ts';
import { toHex } from '../../src/codec/hex.ts';
import { lock, ReplicaCluster } from '../replica/replica-cluster.ts';

/** Prints what a ledger of a few payments and rivals ends with: the same in every process. */
const cluster = new ReplicaCluster();
cluster.run(10);
for (const [lane, coin] of [0, 1, 1, 2].entries()) {
  const tx = cluster.pay([cluster.coin(coin)], [{ amount: 900n - BigInt(lane), lock }]);
  cluster.step(lane, { kind: 'submit', tx });
}
cluster.run(5000);
const certified = cluster.replicas.map((replica) => replica.certificate(1)?.checkpoint);
process.stdout.write(certified.map((one) => (one ? toHex(encodeCheckpoint(one)) : '')).join('\n'));
