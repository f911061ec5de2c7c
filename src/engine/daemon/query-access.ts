import type { Layer } from 'effect';
import type { ObsError } from '../domain/errors.ts';
import type { QueryClient } from '../store/query-client.ts';

export declare function queryAccess(
  env: Readonly<Record<string, string | undefined>>,
): Layer.Layer<QueryClient, ObsError>;
