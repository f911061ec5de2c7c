import { describe, expect, test } from 'vitest';
import { blameFlow, type Carried } from '../../../../src/engine/cause/graph/blame-flow.ts';
import { callGraph, downstreamOf } from '../../../../src/engine/cause/graph/call-graph.ts';
import type { Link } from '../../../../src/engine/cause/input.ts';

/** 0 is alarmed. */
function blamed(links: readonly Link[], excesses: readonly (Partial<Carried> & { excess: number })[]) {
  const downstream = downstreamOf(callGraph(excesses.length, links), 0, () => true);
  return blameFlow(0, downstream, (entity) => ({ spread: 0, known: 1, ...excesses[entity]! }));
}

describe('blame along calls', () => {
  test('all of the trouble is somebody’s own', () => {
    const links: Link[] = [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
      [3, 1],
    ];
    const blame = blamed(links, [
      { excess: 10 },
      { excess: 6 },
      { excess: 3, spread: 1, known: 0.5 },
      { excess: 4, spread: 2 },
    ]);
    const own = [...blame.values()].reduce((sum, { through, own: share }) => sum + through * share, 0);
    expect(own).toBeCloseTo(1, 9);
  });

  test('of two callees that explain as much the one of which more is known takes more', () => {
    const blame = blamed(
      [
        [0, 1],
        [0, 2],
      ],
      [{ excess: 10 }, { excess: 5, known: 0.9 }, { excess: 5, known: 0.1 }],
    );
    expect(blame.get(1)!.through).toBeCloseTo(0.9, 9);
    expect(blame.get(2)!.through).toBeCloseTo(0.1, 9);
  });

  test('a callee of which little is known takes all that its caller passes on, where it is the only one', () => {
    const blame = blamed([[0, 1]], [{ excess: 10 }, { excess: 10, known: 0.1 }]);
    expect(blame.get(1)).toEqual({ through: 1, own: 1 });
  });

  test('a caller keeps little of a rest that may be chance, and most of one that is not', () => {
    const ownOf = (spread: number): number =>
      blamed(
        [[0, 1]],
        [
          { excess: 8, spread },
          { excess: 6, spread },
        ],
      ).get(0)!.own;
    expect(ownOf(0)).toBeCloseTo(0.25, 9);
    expect(ownOf(0.3)).toBeGreaterThan(0.23);
    expect(ownOf(3)).toBeLessThan(0.06);
  });

  test('where nothing is in excess nothing is passed on, and numbers stay numbers', () => {
    const blame = blamed(
      [
        [0, 1],
        [1, 2],
      ],
      [{ excess: 0 }, { excess: 0, known: 0 }, { excess: 0 }],
    );
    for (const { through, own } of blame.values()) expect([through, own].every(Number.isFinite)).toBe(true);
  });
});
