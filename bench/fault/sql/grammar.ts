import type { Random } from '../../../test/support/random.ts';
import type { Canaries } from './canaries.ts';
import type { Case } from './cases.ts';

/**
 * Statements that put a canary wherever a name, a call or a text may stand, nested in all that SELECT has, among
 * definitions of the same names, quoted and spaced in every way. Most parse; what does not is a test of the parser's edge.
 */
export class Grammar {
  readonly #random: Random;
  readonly #canaries: Canaries;

  constructor(random: Random, canaries: Canaries) {
    this.#random = random;
    this.#canaries = canaries;
  }

  next(): Case {
    const { pick, int } = this.#random;
    let sql = this.#statement(2 + int(4));
    if (int(8) === 0) sql = this.#scramble(sql);
    if (int(12) === 0) sql = `${sql}${pick(['; ', ';--\n', ' /* ; */ ; '])}${this.#query(1)}`;
    if (int(10) === 0) sql += ` FORMAT ${pick(['JSON', 'Null', 'Template', 'Protobuf', 'CSV', 'Native', 'SQLInsert'])}`;
    return int(6) === 0 ? { way: 'fuzz', sql, url: this.#url() } : { way: 'fuzz', sql };
  }

  /** A name under which a canary, or something harmless of the same name, might be found. */
  #name(): string {
    const { pick, int } = this.#random;
    const { path, port, folder } = this.#canaries;
    // Mostly what may be read: a statement with one way out among what passes tells more than one that is all ways out.
    if (int(3) > 0) return pick(['otel_logs', 'otel_traces', 'system.one', 'numbers(2)', 'cte', 'secret', 'x']);
    const bare = pick([
      'secret',
      'x',
      'secret.tsv',
      'dir/secret',
      path,
      `${folder}/x`,
      `http://127.0.0.1:${port}/a.csv`,
    ]);
    const form = int(9);
    if (form === 0 && /^\w+$/.test(bare)) return bare;
    if (form === 1) return `"${bare}"`;
    if (form === 2) return `'${bare}'`;
    if (form === 3) return `default.\`${bare}\``;
    if (form === 4)
      return pick(['canary.secret', '`canary`.secret', 'canary . `secret`', 'canary.filed', 'canary.remote']);
    if (form === 5) return pick(['otel_logs', 'otel_traces', 'system.one', 'numbers', 'cte', 'secret', 'x']);
    if (form === 6) return `{t:Identifier}`;
    return `\`${bare}\``;
  }

  #call(depth: number): string {
    const { pick, int } = this.#random;
    const { path, port, folder } = this.#canaries;
    if (int(2) === 0) return pick(['numbers(2)', 'view(SELECT 1)', "values('s String', ('a'))", "null('s String')"]);
    const at = `127.0.0.1:${port}`;
    const literal = pick([
      `'${path}'`,
      `'secret'`,
      `$$${path}$$`,
      `unhex('${Buffer.from(path).toString('hex')}')`,
      `concat('${folder}', '/x')`,
      '{s:String}',
    ]);
    const call = pick([
      `file(${literal})`,
      `file(${literal}, LineAsString, 's String')`,
      `url('http://${at}/', LineAsString, 's String')`,
      `s3('http://${at}/b/k', CSV, 's String')`,
      `remote('${at}', canary.secret)`,
      `remote('127.0.0.1', 'canary', 'secret')`,
      `mysql('${at}', 'd', 't', 'u', 'p')`,
      `merge('canary', '.*')`,
      `dictionary('canary.dict')`,
      `executable('cat ${path}', TSV, 's String')`,
      `input('s String')`,
      `loop(canary.secret)`,
      `format(LineAsString, ${literal})`,
      `dictGet('canary.dict', 's', tuple('x'))`,
      `joinGet('canary.joined', 's', 'k')`,
      `hasColumnInTable('${at}', 'd', 't', 'c')`,
      `numbers(${depth > 0 && int(2) === 0 ? `length(${this.#expression(depth - 1)})` : '3'})`,
      `values('s String', (${literal}))`,
      `null('s String')`,
      `view(${this.#query(depth - 1)})`,
    ]);
    // Names of functions may be quoted, spaced and commented as well.
    const form = int(6);
    if (form === 0) return call.replace(/^(\w+)/, '`$1`');
    if (form === 1) return call.replace(/^(\w+)/, '"$1"');
    if (form === 2) return call.replace(/^(\w+)/, '$1/* */');
    return call;
  }

  #expression(depth: number): string {
    const { pick, int } = this.#random;
    const leaf = [
      '1',
      '*',
      "'a'",
      's',
      'secret',
      '[1, 2] AS secret',
      "'a' AS x",
      '{s:String}',
      'number',
      '* EXCEPT (s)',
      "COLUMNS('.*')",
      'secret.*',
      'x AS secret',
      'secret AS x',
    ];
    if (depth <= 0) return pick(leaf);
    const deeper = (): string => this.#expression(depth - 1);
    switch (int(18)) {
      case 0:
        return `'a' ${pick(['IN', 'NOT IN', 'GLOBAL IN'])} ${this.#name()}`;
      case 1:
        return `'a' IN (${this.#name()})`;
      case 2:
        return `'a' IN ${this.#call(depth - 1)}`;
      case 3:
        return `${pick(['in', 'notIn', 'globalIn', 'nullIn', 'inIgnoreSet'])}('a', ${this.#name()})`;
      case 4:
        return `'a' IN (${this.#query(depth - 1)})`;
      case 5:
        return `(${this.#query(depth - 1)})`;
      case 6:
        return `EXISTS (${this.#query(depth - 1)})`;
      case 7:
        return `arrayMap(${pick(['x', 'secret', 's'])} -> ${deeper()}, [1])`;
      case 8:
        return `* APPLY (x -> ${deeper()})`;
      case 9:
        return `* APPLY ${pick(['toString', 'file', 'hex', 'sum'])}`;
      case 10:
        return `* REPLACE (${deeper()} AS s)`;
      case 11:
        return `if(${deeper()}, ${deeper()}, ${deeper()})`;
      case 12:
        return `sum(1) OVER (PARTITION BY ${deeper()} ORDER BY ${deeper()})`;
      case 13:
        return `${deeper()} AS ${pick(['secret', 'x', 's', 'cte', '`secret.tsv`'])}`;
      case 14:
        return `'a' = ${pick(['ANY', 'ALL'])} (${this.#query(depth - 1)})`;
      case 15:
        return `(${deeper()}, ${deeper()})`;
      case 16:
        return `CAST(${deeper()} AS String)`;
      default:
        return this.#call(depth - 1);
    }
  }

  #source(depth: number): string {
    const { pick, int } = this.#random;
    if (depth <= 0 || int(3) === 0) return this.#name();
    switch (int(7)) {
      case 0:
        return this.#call(depth - 1);
      case 1:
        return `(${this.#query(depth - 1)})`;
      case 2:
        return `(${this.#query(depth - 1)}) AS ${pick(['secret', 'x', 'cte'])}`;
      case 3:
        return `${this.#source(depth - 1)}, ${this.#source(depth - 1)}`;
      case 4:
        return `${this.#source(depth - 1)} ${pick(['JOIN', 'LEFT JOIN', 'CROSS JOIN', 'PASTE JOIN', 'GLOBAL ANY JOIN', 'ASOF JOIN'])} ${this.#source(depth - 1)}${pick([' ON 1', '', ' USING (s)', ` ON ${this.#expression(depth - 1)}`])}`;
      case 5:
        return `${this.#source(depth - 1)} ARRAY JOIN ${pick(["['a'] AS secret", '[1] AS x', `[${this.#expression(depth - 1)}] AS y`])}`;
      default:
        return `${this.#name()} ${pick(['FINAL', 'AS secret', 'SAMPLE 0.1', 'AS x'])}`;
    }
  }

  #query(depth: number): string {
    const { pick, int } = this.#random;
    if (depth <= 0) return pick(['SELECT 1', `SELECT * FROM ${this.#name()}`, 'SELECT secret FROM secret']);
    const deeper = (): string => this.#query(depth - 1);
    switch (int(9)) {
      case 0:
        return `WITH ${pick(['secret', 'x', 'cte', '`secret.tsv`'])} AS ${pick(['', 'MATERIALIZED '])}(${deeper()}) ${this.#select(depth - 1)}`;
      case 1:
        return `WITH RECURSIVE ${pick(['secret', 'x'])} AS (${deeper()} ${pick(['UNION ALL', 'UNION ALL', 'UNION DISTINCT', 'EXCEPT'])} ${deeper()}) ${this.#select(depth - 1)}`;
      case 2:
        return `WITH ${this.#expression(depth - 1)} AS ${pick(['secret', 'x', 's'])} ${this.#select(depth - 1)}`;
      case 3:
        return `${deeper()} ${pick(['UNION ALL', 'UNION DISTINCT', 'EXCEPT', 'INTERSECT'])} ${deeper()}`;
      case 4:
        return `(${deeper()})`;
      case 5:
        return `FROM ${this.#source(depth - 1)} SELECT ${this.#expression(depth - 1)}`;
      default:
        return this.#select(depth);
    }
  }

  #select(depth: number): string {
    const { pick, int } = this.#random;
    const clause = (): string => this.#expression(depth - 1);
    const clauses = [
      () => ` WHERE ${clause()}`,
      () => ` PREWHERE ${clause()}`,
      () => ` GROUP BY ${clause()}`,
      () => ` GROUP BY 1 HAVING ${clause()}`,
      () => ` ORDER BY ${clause()} WITH FILL`,
      () => ` LIMIT 1 BY ${clause()}`,
      () => ` LIMIT length(${clause()})`,
      () => ` QUALIFY ${clause()}`,
      () => ` WINDOW w AS (ORDER BY ${clause()})`,
      () =>
        ` SETTINGS ${pick(['max_threads = 1', 'readonly = 0', "additional_result_filter = '1 IN secret'", "format_schema = 'secret'", 'enable_analyzer = 0'])}`,
      () => ` INTO OUTFILE '${this.#canaries.folder}/out'`,
    ];
    const tail = int(3) === 0 ? pick(clauses)() : '';
    return `SELECT ${this.#expression(depth - 1)} FROM ${this.#source(depth - 1)}${tail}`;
  }

  #statement(depth: number): string {
    const { pick, int } = this.#random;
    switch (int(14)) {
      case 0:
        return `DESCRIBE ${pick(['', 'TABLE '])}${this.#source(depth)}`;
      case 1:
        return `EXPLAIN ${pick(['', 'AST ', 'SYNTAX ', 'QUERY TREE ', 'PIPELINE ', 'ESTIMATE ', 'PLAN actions = 1 '])}${this.#query(depth)}`;
      case 2:
        return `${pick(['SHOW CREATE TABLE', 'SHOW COLUMNS FROM', 'SHOW INDEX FROM', 'EXISTS TABLE', 'SHOW TABLES FROM', 'SHOW CREATE DATABASE'])} ${this.#name()}`;
      case 3:
        return `SHOW TABLES WHERE ${this.#expression(depth - 1)}`;
      default:
        return this.#query(depth);
    }
  }

  /** The same text with other spaces, comments and cases between its words. */
  #scramble(sql: string): string {
    const { pick, int } = this.#random;
    return sql.replaceAll(' ', () =>
      int(4) === 0 ? pick(['/**/', '\n', '\t', ' --x\n', '  ', '/* ; */', '\u00a0']) : ' ',
    );
  }

  #url(): Record<string, string> {
    const { pick } = this.#random;
    const { path, port } = this.#canaries;
    const t = pick(['secret', path, 'canary.secret', 'secret`; SELECT 1', 'otel_logs', 'x']);
    const s = pick(['secret', path, "'); SELECT * FROM secret --", `http://127.0.0.1:${port}/`]);
    return pick<Record<string, string>>([
      { param_t: t, param_s: s },
      { param_t: t, param_s: s, database: pick(['canary', 'default', 'system', 'secret']) },
      { param_t: t, param_s: s, default_format: pick(['JSON', 'Template', 'Protobuf', 'CSV']) },
      {
        param_t: t,
        param_s: s,
        [pick(['format_schema', 'implicit_select', 'dialect', 'readonly', 'enable_analyzer'])]: '1',
      },
    ]);
  }
}
