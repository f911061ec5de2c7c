/** Where earlier forecasts are made, to see which members do well on this series. */
export interface Origins {
  /** Samples between the origin and the end of the series, nearest first; empty for a series that is too short. */
  readonly back: readonly number[];
  /** Steps that are judged from each. */
  readonly horizon: number;
}

/** Origins at most: with a day's season each weekday once, so that none counts twice. */
const mostOrigins = 7;

/**
 * One horizon from the end, and then back a period at a time: the same place in the season as the forecast to be made.
 * The points before the furthest origin stay at least three periods, and half of the series up to fourteen periods; of a
 * short series, two thirds.
 */
export function originsOf(length: number, horizon: number, unit: number): Origins {
  const judged = Math.max(1, Math.min(horizon, Math.floor(length / 3), 4 * unit));
  const fewestBefore = Math.min(Math.max(3 * unit, Math.min(14 * unit, length / 2)), (2 * length) / 3);
  const step = judged >= unit ? unit : Math.max(judged, Math.ceil(unit / 2));
  const back: number[] = [];
  for (let origin = judged; back.length < mostOrigins && length - origin >= fewestBefore; origin += step) {
    back.push(origin);
  }
  return { back, horizon: judged };
}
