import { type AnalyzeResult, type AnalyzeTask, parseAnalyzeTask } from '../domain/analyze-task.ts';
import { type AskProcess, taskRoute } from './task-route.ts';

/** What `obs incidents note` and `obs models` have the analyzer do. */
export const analyzePath = '/analyze';

export const analyzeRoute = (ask: AskProcess<AnalyzeTask, AnalyzeResult>): ReturnType<typeof taskRoute> =>
  taskRoute(parseAnalyzeTask, ask, 'the analyzer');
