import { describe, expect, test } from 'vitest';
import { createScanner, longestLine, textOf } from '../../../../src/engine/analyze/patterns/scanner.ts';

const scanner = createScanner();
const mask = (line: string): string => textOf(scanner.masked, scanner.scan(line)).replaceAll('\u0001', '<*>');

describe('what is written like a value is masked', () => {
  test.each([
    ['numbers', 'took 12 tries, -1 left, 99% of 1e5', 'took <*> tries, <*> left, <*> of <*>'],
    ['identifiers with a digit', 'block blk_-1608999687919862906 of job_7', 'block <*> of <*>'],
    ['words stay', 'Failed password for root', 'Failed password for root'],
    ['names with dots stay', 'org.example.Main failed in rpc.statd', 'org.example.Main failed in rpc.statd'],
    ['paths', 'open /etc/hosts and ~/x and C:\\Windows\\x', 'open <*> and <*> and C:<*>'],
    ['no path', 'read and/or write I/O at / now', 'read and/or write I/O at / now'],
    ['addresses', 'GET https://example.com/a?b=c, then ftp://x/y.', 'GET <*>, then <*>.'],
    ['a question behind a path', 'GET /search?q=a&b=c done', 'GET <*> done'],
    ['host and port', 'proxy.example.com:5070 close', '<*> close'],
    ['mail', 'from someone@example.org to @all', 'from <*> to @all'],
    ['hardware addresses', 'bssid ff:ee:dd:cc:bb:aa seen', 'bssid <*> seen'],
    ['IPv6', 'from fe80::abcd:fecd%en0 and ::1', 'from <*> and ::<*>'],
    ['no chain', 'add:bad:fed stays', 'add:bad:fed stays'],
    ['hexadecimal words', 'id deadbeef and cafe', 'id <*> and cafe'],
    ['literals', 'ready=true ws=null, is false.', 'ready=<*> ws=<*>, is <*>.'],
    ['dates', 'at Fri Jun 17 20:55:06 2005 May be', 'at <*> May be'],
  ])('%s', (_, line, masked) => {
    expect(mask(line)).toBe(masked);
  });

  test.each([
    ['units', 'used 1.5 KB in 3 ms', 'used <*> in <*>'],
    ['a unit that begins a word', 'is 5 s=1 and 5 seconds_left', 'is <*> s=<*> and <*> seconds_left'],
    ['a quantity twice', 'sent 1,125 bytes (1.09 KB) now', 'sent <*> now'],
    ['a quantity and something else', 'sent 12 bytes (of 20) now', 'sent <*> (of <*>) now'],
    ['a sign', 'lifetime <1 sec, was >100', 'lifetime <*>, was <*>'],
    ['brackets are no signs', 'from <12> to <a1>', 'from <<*>> to <<*>>'],
    ['lists of any length', 'IRQs 3 4 5, 6: 7 | x', 'IRQs <*> | x'],
    ['leader dots', 'register...........0x10 and 5...', 'register...........<*> and <*>...'],
    ['a full stop', 'ended at 12. Next', 'ended at <*>. Next'],
  ])('however it is printed: %s', (_, line, masked) => {
    expect(mask(line)).toBe(masked);
  });
});

describe('any text', () => {
  test.each([
    ['nothing', '', ''],
    ['white space only', ' \t\r\n\u0000\u0001 ', ''],
    ['white space is one space', '\t a\t \nb\r\n', 'a b'],
    ['but for two, between which a value may be empty', 'user    from', 'user  from'],
    ['and which align a value', 'took    5', 'took <*>'],
    ['letters of other scripts', 'größe 大小 5', 'größe 大小 <*>'],
    ['lone surrogates', 'a \ud800 b\udfff', 'a \ud800 b\udfff'],
  ])('%s', (_, line, masked) => {
    expect(mask(line)).toBe(masked);
  });

  test('a line is masked the same after any other', () => {
    const lines = ['in May', 'done in 5', 'x http:', 'a <', 'ff:', 'took 5 bytes (', 'Fri,'];
    const alone = lines.map((line) => {
      const fresh = createScanner();
      return textOf(fresh.masked, fresh.scan(line));
    });
    for (const before of ['1'.repeat(60), ' '.repeat(60) + '7'.repeat(60), 'f:'.repeat(40), '/'.repeat(60)]) {
      const after = lines.map((line) => {
        scanner.scan(before);
        return textOf(scanner.masked, scanner.scan(line));
      });
      expect(after).toEqual(alone);
    }
  });

  test('of a long line only the beginning is looked at', () => {
    const start = `${'word '.repeat(longestLine / 5)}abc`;
    expect(mask(`${start}${'x'.repeat(10_000_000)}`)).toBe(mask(start.slice(0, longestLine)));
  });
});
