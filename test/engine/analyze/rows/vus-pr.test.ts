import { describe, expect, test } from 'vitest';
import { autocorrelationPeriod } from '../../../../bench/score/smd/period.ts';
import { vusPr } from '../../../../bench/score/smd/vus-pr.ts';
import { randomFrom } from '../../../../src/engine/analyze/autoencoder/random.ts';

/** The definition read literally: every tolerance, every threshold, every row. */
function literally(labels: Uint8Array, scores: Float64Array, maxTolerance: number): number {
  const anomalies: [number, number][] = [];
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== 1) continue;
    const start = row;
    while (labels[row + 1] === 1) row++;
    anomalies.push([start, row]);
  }
  const falling = scores.toSorted((a, b) => b - a);
  const anomalous = labels.reduce((sum, label) => sum + label, 0);
  let volume = 0;
  for (let tolerance = 0; tolerance <= maxTolerance; tolerance++) {
    const reach = Math.floor(tolerance / 2);
    const extended = Float64Array.from(labels);
    for (const [start, end] of anomalies) {
      for (let distance = 1; distance <= reach; distance++)
        for (const row of [start - distance, end + distance])
          if (row >= 0 && row < labels.length) extended[row]! += Math.sqrt(1 - distance / tolerance);
    }
    const regions: [number, number][] = [];
    for (const [start, end] of anomalies) {
      const last = regions.at(-1);
      if (last !== undefined && last[1] >= start - reach) last[1] = end + reach;
      else regions.push([Math.max(0, start - reach), end + reach]);
    }
    let recallBefore = 0;
    for (let k = 0; k < 250; k++) {
      const threshold = falling[k === 249 ? scores.length - 1 : Math.trunc((k * (scores.length - 1)) / 249)]!;
      let [hits, positives, predicted] = [0, 0, 0];
      for (const [row, score] of scores.entries()) {
        const label = Math.min(1, extended[row]!);
        const seen = score >= threshold;
        if (seen) predicted++;
        if (seen) hits += label;
        if (labels[row] === 1 || seen) positives += label;
      }
      const touched = regions.filter(([start, end]) => scores.subarray(start, end + 1).some((s) => s >= threshold));
      const recall = Math.min(1, hits / ((anomalous + positives) / 2)) * (touched.length / regions.length);
      volume += (recall - recallBefore) * (hits / predicted);
      recallBefore = recall;
    }
  }
  return volume / (maxTolerance + 1);
}

describe('VUS-PR', () => {
  test('is what its definition says, anomalies at the edges, overlapping tolerances and ties included', () => {
    const random = randomFrom(3);
    for (let round = 0; round < 6; round++) {
      const rows = 300 + round * 41;
      const labels = new Uint8Array(rows);
      for (let anomaly = 0; anomaly < 4; anomaly++) {
        const start = Math.floor(random() * rows);
        labels.fill(1, start, start + 2 + Math.floor(random() * 12));
      }
      if (round === 1) labels.fill(1, 0, 9);
      if (round === 2) labels.fill(1, rows - 5);
      const scores = Float64Array.from(labels, (label) => {
        const score = label * 0.6 + random();
        return round === 3 ? Math.round(score * 4) : score;
      });
      expect(vusPr(labels, scores, 5 + round * 6)).toBeCloseTo(literally(labels, scores, 5 + round * 6), 10);
    }
  });

  test('is 1 for a perfect score without tolerance, and NaN without anomalies', () => {
    const labels = new Uint8Array(500).fill(1, 100, 150);
    expect(vusPr(labels, Float64Array.from(labels), 0)).toBeCloseTo(1, 10);
    expect(vusPr(new Uint8Array(500), new Float64Array(500), 10)).toBeNaN();
  });
});

describe('the sliding window', () => {
  test('is the period of the series, and 125 where it has none', () => {
    const wave = (period: number) =>
      Float64Array.from({ length: 3000 }, (_, row) => Math.sin((2 * Math.PI * row) / period));
    expect(autocorrelationPeriod(wave(40))).toBe(40);
    expect(autocorrelationPeriod(wave(288))).toBe(288);
    expect(autocorrelationPeriod(new Float64Array(3000))).toBe(125);
    expect(autocorrelationPeriod(Float64Array.from({ length: 3000 }, (_, row) => row))).toBe(125);
  });
});
