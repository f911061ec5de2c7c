import { limits } from '../../../domain/limits.ts';
import { seriesCountSubject } from '../names.ts';
import { seriesWindows } from './points-sql.ts';
import { partOfSeries, rulesOfSeries, saturationParts, stateOfSeries } from './saturation.ts';
import { features, marks, type WindowRun } from './window-sql.ts';

const ownAttributes = "arraySort(arrayMap((k, v) -> concat(k, '=', v), mapKeys(attributes), mapValues(attributes)))";
const subject = `if(empty(attributes), toString(MetricName), concat(MetricName, '{', arrayStringConcat(${ownAttributes}, ','), '}'))`;
const { subjectCharacters, seriesPerService } = limits.features;
const bounded = `if(lengthUTF8(full) <= ${subjectCharacters}, full,
          concat(substringUTF8(full, 1, ${subjectCharacters - 17}), '…', lower(hex(sipHash64(full)))))`;

const isLevel = "shape IN ('gauge', 'level')";

/** A series of several instances is one subject: gauges are averaged, levels and rates added up. */
const ofSeries = features({
  value: "multiIf(told = 0, nan, anyShape = 'gauge', meanX, anyShape = 'level', sumX, nan)",
  rate: `if(told = 0, nan, if(${isLevel.replace('shape', 'anyShape')}, nan, sumX))`,
  mean: 'if(rose > 0, roseSum / rose, nan)',
});

const together = `multiIf(told = 0, nan, combine = 'mean', meanX, combine = 'sum', sumX, combine = 'max', maxX, shares = 0, nan, maxShare)`;

/**
 * Rows of metric series, saturation of services and hosts, and how many series each service has: the points are read once
 * and all of it is told from them. Of a service's series those that were there before, then the busiest, are kept.
 * @param tables those of points that have any
 */
export function metrics(run: WindowRun, tables: readonly string[]): string {
  return `
SELECT w, kind AS Kind, service AS ServiceName, out.1 AS Subject, out.2 AS V, out.3 AS M
FROM (
  SELECT *, row_number() OVER (PARTITION BY w, kind, service ORDER BY wasThere DESC, seen DESC, name) AS place,
    countIf(seen > 0) OVER (PARTITION BY w, kind, service) AS series, sum(seen) OVER (PARTITION BY w, kind, service) AS allPoints
  FROM (
    SELECT w, kind, service, name, feature, combine, max(itemKnown) AS wasThere, sum(itemPoints) AS seen,
      max(itemBegan) AS anew, any(itemShape) AS anyShape, countIf(isTold) AS told, avgIf(itemX, isTold) AS meanX,
      sumIf(itemX, isTold) AS sumX, maxIf(itemX, isTold) AS maxX, countIf(itemOf > 0) AS shares,
      maxIf(itemX / itemOf, itemOf > 0) AS maxShare, sum(itemRose) AS rose, sum(itemSum) AS roseSum
    FROM (
      SELECT w, part.1 AS kind, part.2 AS service, part.3 AS name, part.4 AS feature, part.5 AS combine, part.6 AS itemKey,
        any(shape) AS itemShape, sum(points) AS itemPoints, max(known) AS itemKnown, max(began) AS itemBegan,
        max(isFinite(part.7)) AS isTold, sumIf(part.7, isFinite(part.7)) AS itemX, sumIf(part.8, isFinite(part.8)) AS itemOf,
        sumIf(rose, isFinite(roseSum)) AS itemRose, sumIf(roseSum, isFinite(roseSum)) AS itemSum
      FROM (
        SELECT w, shape, points, known, began, rose, roseSum, arrayJoin(arrayPushFront(
            if(empty(rules), [], ${saturationParts(run.late === null)}),
            ('metric', toString(ServiceName), ${bounded}, '', '', toString(series), x, nan))) AS part
        FROM (
          SELECT *, ${subject} AS full, if(empty(rules), '', ${stateOfSeries}) AS state, if(empty(rules), '', ${partOfSeries}) AS part
          FROM (
            SELECT *, if(${isLevel}, level, if(span > 0, rose / span, nan)) AS x, ${rulesOfSeries()} AS rules
            FROM (${seriesWindows(run, tables)}
            )
          )
        )
      )
      GROUP BY w, kind, service, name, feature, combine, itemKey
    )
    GROUP BY w, kind, service, name, feature, combine
  )
)
ARRAY JOIN arrayConcat(
  if(kind = 'metric' AND place > ${seriesPerService}, [], [(name,
    if(kind = 'metric', ${ofSeries}, [(feature, ${together})]),
    ${marks("if(kind = 'service', [], arrayConcat([if(seen > 0, '+', '-')], if(kind = 'metric' AND anew, ['reset'], [])))")})]),
  if(kind = 'metric' AND place = 1 AND allPoints > 0, [('${seriesCountSubject}', ${features({
    value: 'series',
    left_out: `if(series > ${seriesPerService}, series - ${seriesPerService}, nan)`,
    points: 'allPoints',
  })}, ${marks('[]')})], [])) AS out`;
}
