/** What cart 3.2 shipped with: a search over combinations that was only ever tried with two or three items. */

const promotions = 18;
const mostItems = 64;

interface Priced {
  readonly cents: number;
  readonly quantity: number;
}

/** The largest discount that a combination of promotions gives, found by trying all 2^18 of them. */
export function bestDiscount(items: readonly Priced[]): number {
  if (items.length > mostItems)
    throw new RangeError(`promotion table has room for ${mostItems} items, not ${items.length}`);
  let best = 0;
  for (let combination = 0; combination < 2 ** promotions; combination++) {
    let discount = 0;
    let applied = 0;
    for (let promotion = 0; promotion < promotions; promotion++) {
      if ((combination & (1 << promotion)) === 0) continue;
      const item = items[promotion % items.length];
      if (item === undefined) continue;
      applied++;
      discount += (item.cents * item.quantity * (promotion + 1)) / 1000 - applied * 15;
    }
    if (discount > best) best = discount;
  }
  return Math.floor(best);
}
