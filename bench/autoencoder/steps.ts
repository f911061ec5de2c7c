/**
 * Writes one training run of the training graph, step by step, as JSON for `steps.py` to repeat in another framework:
 * `node bench/autoencoder/steps.ts > /tmp/steps.json`.
 */
import { initialWeights, network } from '../../src/engine/analyze/autoencoder/network.ts';
import { randomFrom } from '../../src/engine/analyze/autoencoder/random.ts';
import { robustScaling } from '../../src/engine/analyze/autoencoder/robust-scaling.ts';
import { drawMaskNumbers, Stepper } from '../../src/engine/analyze/autoencoder/stepper.ts';
import { serviceDay } from './day.ts';

const features = 24;
const hidden = [12, 4, 12];
const rowCount = 600;
const batchRows = 32;
const stepCount = 300;

const rows = serviceDay(features, 7, rowCount);
const scaling = robustScaling(rows, features);
const net = network(features, hidden);
const first = initialWeights(net, 7);
const stepper = await Stepper.open(net, scaling, first, { rows, batchRows, hiddenShare: 0.2, seed: 7 });
const random = randomFrom(7);
const steps = [];
for (let step = 0; step < stepCount; step++) {
  const batch = BigInt64Array.from({ length: batchRows }, () => BigInt(Math.floor(random() * rowCount)));
  const maskOf = new BigInt64Array(batchRows);
  drawMaskNumbers(maskOf, random);
  const rate = 5e-3 * (1 - step / stepCount);
  const loss = await stepper.step(batch, maskOf, rate);
  steps.push({
    batch: [...batch].map(Number),
    maskOf: [...maskOf].map(Number),
    rate,
    loss,
    weights: [...stepper.weights],
  });
}
await stepper.close();
const gapsAsNull = [...rows].map((value) => (Number.isNaN(value) ? null : value));
console.log(
  JSON.stringify({
    sizes: [features, ...hidden, features],
    rows: gapsAsNull,
    masks: [...stepper.masks],
    centre: [...scaling.centre],
    scale: [...scaling.scale],
    low: [...scaling.low],
    high: [...scaling.high],
    weights: [...first],
    steps,
  }),
);
