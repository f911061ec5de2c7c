import type { RecordLog, RecordSpan, RecordWindow, ResourceSeries } from '../../../src/engine/cause/records/input.ts';
import { sampledTrace } from '../../../src/engine/explain/time-sql.ts';
import { readMinute, serviceOf, type Row } from '../../nezha/to-otlp.ts';
import { fileStart, minutesOf } from './recording.ts';
