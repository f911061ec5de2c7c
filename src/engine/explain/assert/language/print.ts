import type { Comparison, Expression, Term } from './expression.ts';
import { printSelector } from './selector.ts';

/** The expression in the one form that reads back as the same. */
export function printExpression(expression: Expression): string {
  switch (expression.is) {
    case 'comparison':
      return printComparison(expression);
    case 'not':
      return `not ${expression.of.is === 'and' || expression.of.is === 'or' ? within(expression.of) : printExpression(expression.of)}`;
    case 'and':
      return expression.of
        .map((each) => (each.is === 'and' || each.is === 'or' ? within(each) : printExpression(each)))
        .join(' and ');
    case 'or':
      return expression.of.map((each) => (each.is === 'or' ? within(each) : printExpression(each))).join(' or ');
  }
}

const within = (expression: Expression): string => `(${printExpression(expression)})`;

export const printComparison = ({ term, comparator, bound }: Comparison): string =>
  `${printTerm(term)} ${comparator} ${bound.text}`;

export function printTerm({ measure, selector, filter }: Term): string {
  const parts = [
    ...(selector === null ? [] : [printSelector(selector)]),
    ...(filter === null ? [] : [`${filter.filter}>=${filter.least}`]),
  ];
  return `${measure}(${parts.join(', ')})`;
}
