import { logs, SeverityNumber, trace } from '@opentelemetry/api';

export type Fields = Readonly<Record<string, string | number | boolean>>;

const logger = () => logs.getLogger('shop');

/** Log records of a service; trace and span come from the active context. */
export const log = {
  info: (body: string, attributes: Fields = {}): void =>
    logger().emit({ severityNumber: SeverityNumber.INFO, severityText: 'INFO', body, attributes }),
  warn: (body: string, attributes: Fields = {}): void =>
    logger().emit({ severityNumber: SeverityNumber.WARN, severityText: 'WARN', body, attributes }),
  /** Also puts the exception on the active span, where the span's reader looks for it. */
  error: (body: string, error: unknown, attributes: Fields = {}): void => {
    const exception = error instanceof Error ? error : new Error(String(error));
    trace.getActiveSpan()?.recordException(exception);
    logger().emit({
      severityNumber: SeverityNumber.ERROR,
      severityText: 'ERROR',
      body,
      attributes: {
        ...attributes,
        'exception.type': exception.name,
        'exception.message': exception.message,
        'exception.stacktrace': exception.stack ?? '',
      },
    });
  },
};
