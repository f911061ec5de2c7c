import type { AnomalyCarrier, AnomalySeverity } from '../../domain/anomaly.ts';
import { isShareOfLimit, nearLimit } from './practical.ts';

/** Three times of next to nothing is not critical, nor is what hardly anybody calls. */
const feltMs = 50;
const leastOfCalls = 0.05;

/**
 * How bad what a carrier says is for those who use the service. `critical`: calls fail (at least one in ten, and ten points
 * more than usual), take three times as long, no longer come, or a limit is all but reached. `warning`: it got worse.
 * `info`: it is different.
 *
 * @param ofCalls of an operation: its part of the service's calls, 0 to 1
 */
export function harmOf(
  { feature, kind, value, usual }: Omit<AnomalyCarrier, 'words' | 'share'>,
  ofCalls = 1,
): AnomalySeverity {
  const ratio = usual > 0 ? value / usual : value > 0 ? Number.POSITIVE_INFINITY : 1;
  if (feature === 'error_rate') return value >= 0.1 && value - usual >= 0.1 ? 'critical' : 'warning';
  if (feature === 'calls') {
    if (ratio <= 0.1) return kind === 'service' ? 'critical' : 'warning';
    return ratio < 1 ? 'warning' : 'info';
  }
  if (feature.endsWith('_ms')) {
    const isFelt = value - usual >= feltMs && ofCalls >= leastOfCalls;
    return ratio >= 3 && isFelt ? 'critical' : ratio > 1 ? 'warning' : 'info';
  }
  if (isShareOfLimit(feature)) {
    if (ratio <= 1) return 'info';
    // A CPU or an event loop that is used up makes calls slow, and these say how bad it is.
    return value >= nearLimit && feature !== 'cpu' && feature !== 'eventloop' ? 'critical' : 'warning';
  }
  if (feature === 'logs_error' || feature === 'pool_waiting' || feature.startsWith('model ')) return 'warning';
  if (feature === 'cpu_cores' || feature === 'memory_bytes' || feature === 'queue')
    return ratio > 1 ? 'warning' : 'info';
  return 'info';
}

/** Carriers with less than this part of the score do not decide. */
const counted = 0.1;

/**
 * @param ofCalls parts of the service's calls, in the order of the carriers
 * @param sure the score is at least ten times rarer than what raises an alarm; else nothing is critical
 */
export function severityOf(
  carriers: readonly AnomalyCarrier[],
  ofCalls: readonly number[],
  sure: boolean,
): AnomalySeverity {
  let worst: AnomalySeverity = 'info';
  for (const [place, carrier] of carriers.entries()) {
    if (carrier.share < counted) continue;
    const harm = harmOf(carrier, ofCalls[place]);
    if (harm === 'critical' && sure) return 'critical';
    if (harm !== 'info') worst = 'warning';
  }
  return worst;
}
