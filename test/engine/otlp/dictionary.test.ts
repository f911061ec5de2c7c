import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dictionary } from '../../../src/engine/otlp/columns/dictionary.ts';

function bytesOf(text: string): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(Buffer.from(text));
  return { bytes, view: new DataView(bytes.buffer) };
}

function find(dictionary: Dictionary, text: string): number {
  const { bytes, view } = bytesOf(text);
  return dictionary.find(bytes, view, 0, bytes.length);
}

function put(dictionary: Dictionary, text: string): number {
  const found = find(dictionary, text);
  const { bytes } = bytesOf(text);
  return found >= 0 ? found : dictionary.add(bytes, 0, bytes.length);
}

test('gives each text one entry, and forgets exactly what came after a mark', () => {
  const words = fc.array(fc.string({ maxLength: 6 }), { maxLength: 400 });
  fc.assert(
    fc.property(words, words, words, (before, undone, after) => {
      const dictionary = new Dictionary();
      const model: string[] = [];
      const add = (text: string): void => {
        if (!model.includes(text)) model.push(text);
        expect(put(dictionary, text)).toBe(model.indexOf(text));
      };
      before.forEach(add);
      const kept = model.length;
      const bytes = dictionary.text.length;
      undone.forEach(add);
      dictionary.truncate(kept);
      model.length = kept;
      expect(dictionary.text.length).toBe(bytes);
      for (const text of undone) expect(find(dictionary, text)).toBe(model.indexOf(text));
      after.forEach(add);
      expect(dictionary.count).toBe(model.length);
    }),
  );
});

test('a guess that was forgotten is not believed', () => {
  const dictionary = new Dictionary();
  const first = put(dictionary, 'first');
  const second = put(dictionary, 'second');
  dictionary.follow(first, second);
  dictionary.truncate(1);
  const { bytes, view } = bytesOf('second');
  expect(dictionary.findAfter(first, bytes, view, 0, bytes.length)).toBe(-1);
});

test('is as good as new after a large block', () => {
  const dictionary = new Dictionary();
  for (let i = 0; i < 100_000; i++) put(dictionary, `word ${i}`);
  expect(find(dictionary, 'word 99999')).toBe(99_999);
  dictionary.clear();
  expect(find(dictionary, 'word 99999')).toBe(-1);
  expect(put(dictionary, 'a')).toBe(0);
});
