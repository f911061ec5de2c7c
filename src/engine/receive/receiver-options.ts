import type { Security } from '../net/security.ts';
import type { Intake } from './intake.ts';

export interface ReceiverOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Named in the error when the port is taken. */
  readonly flag?: string;
  /** `Host` names that pass besides loopback and the bound address, for a receiver without `security`. */
  readonly allowedHosts?: readonly string[];
  /** Who may reach it, and over TLS or not; without one everybody on the bound address, in the clear. */
  readonly security?: Security;
  /** Shared with the other receiver of a daemon; a receiver without one makes its own. */
  readonly intake?: Intake;
}
