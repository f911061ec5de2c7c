import { Effect, Exit } from 'effect';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../../../src/engine/domain/errors.ts';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { assertionLines } from '../../../../src/engine/explain/assert/assertion-lines.ts';
import {
  foundSeverities,
  logLevels,
  measureOf,
  measures,
  type Bound,
  type Comparison,
  type Expression,
  type Filter,
  type MeasureName,
  type Pattern,
  type Selector,
  type Term,
  type Unit,
} from '../../../../src/engine/explain/assert/language/expression.ts';
import { parseAssertion } from '../../../../src/engine/explain/assert/language/parse.ts';
import { printExpression } from '../../../../src/engine/explain/assert/language/print.ts';

const read = (source: string): Expression => Effect.runSync(parseAssertion(source)).expression;
const printed = (source: string): string => printExpression(read(source));
const mistake = (source: string): BadInput => Effect.runSync(Effect.flip(parseAssertion(source)));

/** Without places, which are of the text. */
const meaning = (expression: Expression): unknown =>
  JSON.parse(JSON.stringify(expression, (key, value: unknown) => (key === 'place' ? undefined : value)));

describe('what an assertion means', () => {
  test('`and` binds closer than `or`, `not` closer than both', () => {
    expect(meaning(read('not errors(a) == 0 and calls(a) > 1 or rate(a) > 2/s'))).toMatchObject({
      is: 'or',
      of: [
        { is: 'and', of: [{ is: 'not', of: { term: { measure: 'errors' } } }, { term: { measure: 'calls' } }] },
        { term: { measure: 'rate' } },
      ],
    });
    expect(meaning(read('errors(a) == 0 and (calls(a) > 1 or rate(a) > 2/s)'))).toMatchObject({
      is: 'and',
      of: [{ is: 'comparison' }, { is: 'or' }],
    });
  });

  test.each([
    ['p95(cart) < 300ms', 300e6],
    ['p95(cart) < 1.5s', 1.5e9],
    ['max(cart) < 2us', 2000],
    ['max(cart) < 2µs', 2000],
    ['mean(cart) < 1.1ms', 1_100_000],
    ['p50(cart) < 2m', 120e9],
    ['error_rate(cart) < 1%', 0.01],
    ['error_rate(cart) < 0.3%', 0.003],
    ['error_rate(cart) == 0', 0],
    ['rate(cart) > 600/m', 10],
    ['errors(cart) <= 3', 3],
  ])('%s is compared in the base unit', (source, value) => {
    expect(read(source)).toMatchObject({ bound: { value } });
  });

  const bare = (text: string): Pattern => ({ text, glob: false });
  const glob = (text: string): Pattern => ({ text, glob: true });
  test.each<[string, object]>([
    ['cart', { by: 'name', name: bare('cart') }],
    ['POST /checkout', { by: 'name', name: bare('POST /checkout') }],
    ['  GET /items/{id} ', { by: 'name', name: bare('GET /items/{id}') }],
    ['cart:GET /items', { by: 'operation', service: bare('cart'), operation: bare('GET /items') }],
    ['cart: GET /items', { by: 'operation', service: bare('cart'), operation: bare('GET /items') }],
    ['*:POST /checkout', { by: 'operation', service: glob('*'), operation: bare('POST /checkout') }],
    ['GET *', { by: 'name', name: glob('GET *') }],
    ['"GET *"', { by: 'name', name: bare('GET *') }],
    ["'a (b), c'", { by: 'name', name: bare('a (b), c') }],
    [String.raw`"say \"hi\" \\ \n"`, { by: 'name', name: bare(String.raw`say "hi" \ \n`) }],
    ['cart:"f(x)"', { by: 'operation', service: bare('cart'), operation: bare('f(x)') }],
    ['"my shop":"f(x)"', { by: 'operation', service: bare('my shop'), operation: bare('f(x)') }],
    ['"my shop":GET /', { by: 'operation', service: bare('my shop'), operation: bare('GET /') }],
    ['POST /v1/items:batch', { by: 'name', name: bare('POST /v1/items:batch') }],
    ['/shop.Cart/Add:x', { by: 'name', name: bare('/shop.Cart/Add:x') }],
  ])('the selector %s', (selector, means) => {
    const { term } = read(`errors(${selector}) == 0`) as Comparison;
    expect(meaning({ ...term.selector } as never)).toEqual(means);
  });

  test('spaces do not matter', () => {
    expect(printed(' p95 ( POST /checkout )<300ms   and errors(cart)==0 ')).toBe(
      'p95(POST /checkout) < 300ms and errors(cart) == 0',
    );
    expect(printed('logs( cart , level >= warn ) == 0')).toBe('logs(cart, level>=warn) == 0');
    expect(printed('incidents() == 0 and incidents(severity>=critical)==0')).toBe(
      'incidents() == 0 and incidents(severity>=critical) == 0',
    );
  });

  test('a file has one a line, and comments', () => {
    expect(assertionLines('# of the shop\n\n errors(a) == 0\r\n#x\ncalls(b) > 0 ')).toEqual([
      'errors(a) == 0',
      'calls(b) > 0',
    ]);
  });
});

describe('a mistake is shown at its place', () => {
  test.each([
    ['', 'expected a function', '^'],
    ['p95(cart)', 'expected `<`', '         ^'],
    ['p95(cart) < ', 'expected a number', '            ^'],
    ['p95(cart) < 5%', 'p95 is a duration: expected a duration such as 300ms, not 5%', '            ^^'],
    ['p95(cart) < 300', 'expected a duration such as 300ms, not 300', '            ^^^'],
    ['p95(cart) < 300 ms', 'not 300', '            ^^^'],
    ['error_rate(cart) < 0.01', 'error_rate is a share: expected a percentage such as 1%', '                   ^^^^'],
    ['errors(cart) < 10ms', 'errors is a count: expected a whole number', '               ^^^^'],
    ['errors(cart) < 1.5', 'expected a whole number', '               ^^^'],
    ['rate(cart) > 10', 'expected calls a second such as 10/s', '             ^^'],
    ['p96(cart) < 1s', 'no function `p96`; near: p50, p90, p95, p99', '^^^'],
    ['latency(cart) < 1s', 'no function `latency`; there are p50', '^^^^^^^'],
    ['errors(cart) = 0', '`=` is written `==`', '             ^'],
    ['errors(cart) == 0 && calls(cart) > 0', '`&&` is written `and`', '                  ^^'],
    ['!errors(cart) == 0', '`!` is written `not`', '^'],
    ['errors(cart) == 0 AND calls(cart) > 0', '`AND` is written `and`', '                  ^^^'],
    ['errors(cart) == 0 calls(cart) > 0', 'expected `and`, `or` or the end', '                  ^^^^^'],
    ['errors(cart) == 0)', 'expected `and`, `or` or the end', '                 ^'],
    ['(errors(cart) == 0', 'expected `)`', '                  ^'],
    ['errors(cart == 0', 'expected `)`', '                ^'],
    ['errors(f(x)) == 0', 'a name with a parenthesis needs quotes', '        ^'],
    ['errors("cart) == 0', 'this quote is never closed', '       ^^^^^^^^^^^'],
    ['errors(it"s) == 0', 'this quote is never closed', '         ^^^^^^^^'],
    ['errors("a"b) == 0', 'expected a name, or service:operation', '       ^^^^'],
    ['errors(cart:) == 0', 'the operation beside the colon is missing', '       ^^^^^'],
    ['errors(:GET /) == 0', 'the service beside the colon is missing', '       ^^^^^^'],
    ['0 == errors(cart)', 'the number stands on the right', '^'],
    ['errors(cart) == errors(web)', 'expected a number to compare with', '                ^^^^^^'],
    ['errors(a, b) == 0', 'errors takes one name; a name with a comma needs quotes', '          ^'],
    ['logs(a, level>=loud) == 0', 'expected level>=, and one of trace, debug, info, warn', '        ^^^^^^^^^^^'],
    ['anomalies(a, level>=warn) == 0', 'expected severity>=, and one of info, warning', '             ^^^^^^^^^^^'],
    ['logs(a:GET /) == 0', 'logs is of a service, not of an operation', '     ^^^^^^^'],
    ['incidents(cart) == 0', 'expected severity>=', '          ^^^^'],
    ['errors(cart) == 9999999999999999999', 'too large', '                ^^^^^^^^^^^^^^^^^^^'],
    ['errors(cart) == 0 and', 'expected a function', '                     ^'],
    ['errors(cart) == 0 and § > 1', 'this has no meaning here', '                      ^'],
  ])('%s', (source, problem, marks) => {
    const { why } = mistake(source);
    const [said, line, under] = why.split('\n');
    expect(said).toContain(problem);
    expect(line).toBe(`    ${source}`);
    expect(under).toBe(`    ${marks}`);
  });

  test('of a long assertion the part around it is shown, and escape sequences are not obeyed', () => {
    const long = `${'errors(cart) == 0 and '.repeat(20)}p95(\u001b[31mcart) < 5% and errors(cart) == 0`;
    const [, line = '', under = ''] = mistake(long).why.split('\n');
    expect(line).not.toContain('\u001b');
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line.slice(under.indexOf('^'), under.lastIndexOf('^') + 1)).toBe('5%');
  });

  test('what is nested deeper, or longer, than anybody types is refused', () => {
    const deep = `${'('.repeat(20_000)}`.slice(0, limits.assert.characters);
    expect(mistake(deep).why).toContain('nested too deeply');
    expect(mistake(`${'not '.repeat(200)}errors(a) == 0`).why).toContain('nested too deeply');
    expect(mistake('x'.repeat(limits.assert.characters + 1)).why).toContain('longer than');
  });
});

const name = fc.oneof(
  fc.constantFrom(
    'cart',
    'POST /checkout',
    'GET /items/{id}',
    'a:b',
    'x*y',
    'it"s',
    ' ',
    '\\',
    'and',
    'a, b',
    '(',
    'ü ö',
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
);
const exact: fc.Arbitrary<Pattern> = name.map((text) => ({ text, glob: false }));
const globName = fc.constantFrom('*', 'GET *', 'a*b', '*x').map((text) => ({ text, glob: true }));
const place = { from: 0, to: 0 };
const selector: fc.Arbitrary<Selector> = fc.oneof(
  fc.record({ by: fc.constant('name' as const), name: fc.oneof(exact, globName), place: fc.constant(place) }),
  fc.record({
    by: fc.constant('operation' as const),
    service: fc.oneof(
      exact,
      fc.constantFrom('*', 'c*').map((text) => ({ text, glob: true })),
    ),
    operation: fc.oneof(exact, globName),
    place: fc.constant(place),
  }),
);
const term: fc.Arbitrary<Term> = fc
  .tuple(fc.constantFrom(...(Object.keys(measures) as MeasureName[])), selector, fc.nat())
  .map(([measure, chosen, number]) => {
    const { of } = measureOf(measure);
    const level = Object.keys(logLevels)[number % 6] as keyof typeof logLevels;
    const severity = foundSeverities[number % 3]!;
    const filters: readonly (Filter | null)[] =
      measure === 'logs'
        ? [null, { filter: 'level', least: level }]
        : of === 'anomalies' || of === 'incidents'
          ? [null, { filter: 'severity', least: severity }]
          : [null];
    const filter = filters[number % filters.length]!;
    const byName: Selector = chosen.by === 'name' ? chosen : { by: 'name', name: chosen.service, place };
    return { measure, selector: of === 'incidents' ? null : of === 'calls' ? chosen : byName, filter, place };
  });
const typed: Readonly<Record<Unit, readonly string[]>> = {
  duration: ['0', '300ms', '1.5s', '2us', '7ns', '0.25m'],
  count: ['0', '17'],
  share: ['0', '1%', '0.3%'],
  rate: ['0', '10/s', '600/m'],
};
const comparison: fc.Arbitrary<Comparison> = fc
  .tuple(term, fc.constantFrom('<', '<=', '>', '>=', '==', '!=' as const), fc.nat(5))
  .map(([of, comparator, at]) => {
    const choices = typed[measureOf(of.measure).unit];
    const text = choices[at % choices.length]!;
    const bound = (read(`${of.measure}(${of.selector === null ? '' : 'x'}) == ${text}`) as Comparison).bound as Bound;
    return { is: 'comparison', term: of, comparator, bound, place } as Comparison;
  });
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    comparison,
    fc.record({ is: fc.constant('not' as const), of: tie('expression') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

describe('whatever is written', () => {
  test('an expression that is printed reads back as the same', () => {
    fc.assert(
      fc.property(expression, (any) => {
        const text = printExpression(any);
        fc.pre(text.length < limits.assert.characters);
        expect(meaning(read(text))).toEqual(meaning(any));
      }),
      { numRuns: 1000 },
    );
  });

  test('garbage is a tagged error or an expression, and never anything else', () => {
    const words = [
      'p95',
      '(',
      ')',
      '"',
      "'",
      ',',
      ':',
      'and',
      'or',
      'not',
      '<',
      '==',
      '300ms',
      '1%',
      ' ',
      '*',
      'level>=',
      '\\',
    ];
    const garbage = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join('')),
      fc.tuple(expression, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 })).map(([any, at, put]) => {
        const text = printExpression(any);
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + 1);
      }),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        const exit = Effect.runSyncExit(parseAssertion(text));
        if (Exit.isSuccess(exit)) expect(read(printExpression(exit.value.expression))).toBeDefined();
        else expect(mistake(text)).toBeInstanceOf(BadInput);
      }),
      { numRuns: 3000 },
    );
  });
});
