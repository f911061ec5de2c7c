import { limits } from '../../../domain/limits.ts';

/** Keys under which loggers put the message of a structured record, the most usual first. */
export const messageKeys = ['message', 'msg', 'log', 'event', 'text'] as const;

const values = messageKeys.map((key) => `nullIf(JSONExtractString(Body, '${key}'), '')`).join(', ');

/**
 * What is mined of a row of `otel_logs`: the body, the message of a body that is a JSON object, or the name of an event
 * without a body; its first line. Stack traces and payloads behind it are no statement's text.
 */
export const messageSql = `substringIndex(substring(trimLeft(multiIf(startsWith(Body, '{'), coalesce(${values}, Body), Body = '', EventName, Body)), 1, ${limits.patterns.messageCharacters}), '\\n', 1)`;

/**
 * Equal for messages that differ in words with digits only, which are values wherever they stand. A minute has
 * thousands of times fewer signatures than lines.
 */
export const signatureSql = (message: string): string =>
  `cityHash64(replaceRegexpAll(${message}, '[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*', ''))`;

/** A number in a message, for both RE2 and JavaScript. */
export const numberPattern = '[0-9]+(?:[.][0-9]+)?';
