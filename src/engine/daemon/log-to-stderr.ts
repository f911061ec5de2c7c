import { Logger } from 'effect';

/** The log of daemon and engine: logfmt lines on stderr, which `obs up` sends to `run/daemon.log`. stdout is data. */
export const logToStderr = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]);
