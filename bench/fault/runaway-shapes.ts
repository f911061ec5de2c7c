/** A statement that asks for more than it may have. */
export interface Shape {
  readonly name: string;
  readonly sql: string;
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * What stops it: its time, its memory, its rows, the guard before it begins, or nothing but the end of the engine
   * process, `limits.query.stuckMs` after its time: its sender has the answer long before, others must come again.
   */
  readonly stoppedBy: 'time' | 'memory' | 'rows' | 'guard' | 'any' | 'restart';
}

/** One expression over one array of the largest size: nothing looks at the clock until it is through. */
const chain = `${'sipHash64('.repeat(100)}x${')'.repeat(100)}`;

export const shapes: readonly Shape[] = [
  {
    name: 'cross join of numbers',
    sql: 'SELECT count() FROM numbers(1e6) AS a, numbers(1e6) AS b WHERE a.number + b.number = 7',
    stoppedBy: 'time',
  },
  { name: 'endless sum over all cores', sql: 'SELECT sum(sipHash64(number)) FROM numbers_mt(1e15)', stoppedBy: 'time' },
  {
    name: 'expensive function a row',
    sql: "SELECT count() FROM numbers_mt(1e12) WHERE hex(SHA256(repeat(toString(number), 200))) = ''",
    stoppedBy: 'time',
  },
  {
    name: 'regular expressions',
    sql: "SELECT count() FROM numbers_mt(1e12) WHERE match(repeat('a', 5000) || toString(number), '(a|aa|a*)*b{1,50}(a+)+$')",
    stoppedBy: 'time',
  },
  {
    name: 'edit distance, one block for long',
    sql: 'SELECT sum(editDistance(randomPrintableASCII(2000, number), randomPrintableASCII(2000, number + 1))) FROM numbers(1e9)',
    stoppedBy: 'time',
  },
  {
    name: 'lambda over long arrays',
    sql: 'SELECT arraySum(arrayMap(x -> sipHash64(x, number), range(1000000))) FROM numbers(1e6) FORMAT Null',
    stoppedBy: 'time',
  },
  {
    name: 'array fold in one row',
    sql: 'SELECT arrayFold((acc, x) -> acc + sipHash64(x), range(300000000), toUInt64(0))',
    stoppedBy: 'any',
  },
  {
    name: 'sort of everything',
    sql: 'SELECT number FROM numbers(1e10) ORDER BY sipHash64(number) DESC LIMIT 1e9',
    stoppedBy: 'any',
  },
  {
    name: 'group by every row',
    sql: 'SELECT sipHash64(number) AS k, groupArray(toString(number)) FROM numbers_mt(1e10) GROUP BY k',
    stoppedBy: 'any',
  },
  {
    name: 'recursive CTE',
    sql: 'WITH RECURSIVE r AS (SELECT toUInt64(1) AS n UNION ALL SELECT n + 1 FROM r WHERE n < 1e15) SELECT max(n) FROM r SETTINGS max_recursive_cte_evaluation_depth = 1000000000',
    stoppedBy: 'any',
  },
  {
    name: 'long text in memory',
    sql: "SELECT length(arrayStringConcat(arrayMap(x -> repeat('x', 1000000), range(100000))))",
    stoppedBy: 'any',
  },
  { name: 'answer without end', sql: "SELECT repeat('x', 1000) FROM numbers(1e12)", stoppedBy: 'rows' },
  { name: 'sleep', sql: 'SELECT sleep(3) FROM numbers(100)', stoppedBy: 'guard' },
  {
    name: 'a hundred functions over one array',
    sql: `SELECT arraySum(arrayMap(x -> ${chain}, range(10000000)))`,
    stoppedBy: 'restart',
  },
  {
    name: 'range of 50 million',
    sql: 'SELECT arraySum(arrayMap(x -> sipHash64(x), range(50000000)))',
    stoppedBy: 'any',
  },
  { name: 'sleepEachRow', sql: 'SELECT sleepEachRow(1) FROM numbers(100)', stoppedBy: 'guard' },
];
