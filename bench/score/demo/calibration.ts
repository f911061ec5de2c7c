/** An answer's confidence, and whether it was right. */
export interface Told {
  readonly confidence: number;
  readonly right: boolean;
}

/** Answers of about the same confidence. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly answers: number;
  readonly meanConfidence: number;
  /** Share of them that is right. */
  readonly right: number;
}

/** Bins of a tenth; empty ones are left out. */
export function calibrationOf(told: readonly Told[]): readonly CalibrationBin[] {
  const tenth = ({ confidence }: Told): number => Math.min(9, Math.max(0, Math.floor(confidence * 10 + 1e-9)));
  return [...Map.groupBy(told, tenth)]
    .toSorted(([a], [b]) => a - b)
    .map(([bin, of]) => ({
      from: bin / 10,
      to: (bin + 1) / 10,
      answers: of.length,
      meanConfidence: of.reduce((sum, { confidence }) => sum + confidence, 0) / of.length,
      right: of.filter(({ right }) => right).length / of.length,
    }));
}
