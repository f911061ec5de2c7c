import type { ModelRow } from './model-rows.ts';
import type { ShownModel } from './registry.ts';

/** A model for `--json`: times are Unix milliseconds. */
export function modelJson(model: ModelRow): Omit<ModelRow, 'version'> {
  const { id, scope, family, state, why, trainedMs, dataFromMs, dataToMs, checksum, bytes } = model;
  return { id, scope, family, state, why, trainedMs, dataFromMs, dataToMs, checksum, bytes };
}

export const shownJson = ({ model, report }: ShownModel): object => ({ ...modelJson(model), report });
