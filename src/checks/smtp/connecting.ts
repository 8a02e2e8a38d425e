// checks: whether a connection comes about, and what it means when none does: a refusal, silence and a network without a way are three things.
import type { Failure } from '../../base/failure.ts';
import type { Finding } from '../report.ts';
import { endedByRun, printServer, type Tell } from './found.ts';
import type { Probe, ProbeSubject } from './probe.ts';

/** What was tried, and null for the failure where it worked. The TLS handshake of implicit TLS is part of it. */
export function connectionFinding(tell: Tell, subject: ProbeSubject, probe: Probe, failure: Failure | null, timeout: number): Finding {
  const server = printServer(subject);
  const ms = probe.steps[0]?.ms ?? 0;
  if (failure === null) return tell({ id: 'connect', level: 'pass', title: `${server} takes connections`, ms });
  const ended = endedByRun(failure);
  if (ended) return tell({ id: 'connect', title: `Connection to ${server}`, ...ended, ms });
  const evidence = [{ label: 'What happened', text: failure.message }];
  switch (failure.reason) {
    case 'connectTimeout':
      return tell({
        id: 'connect-timeout',
        level: 'unknown',
        title: `${server} did not answer`,
        detail: `no connection within ${seconds(timeout)}`,
        reason:
          'No answer at all: neither accepted nor refused. A firewall on the way drops the packets, or the machine is off. That says nothing about its mail set-up, so it counts neither as passed nor as failed.',
        evidence,
        ms,
      });
    case 'connectRefused':
      return tell({
        id: 'connect-refused',
        level: 'fail',
        title: `${server} refuses connections`,
        detail: 'no program listens there, or a firewall says no',
        reason: 'The machine is there and answers, but not on this port. Mail for it waits at the senders and comes back after some days.',
        evidence,
        remedies: [{ label: 'On that machine, see whether a program listens', text: `ss -ltn 'sport = :${subject.port}'` }],
        source: 'RFC 5321 section 4.5.4.1',
        ms,
      });
    case 'unreachable':
      return tell({
        id: 'connect-unreachable',
        level: 'unknown',
        title: `${server} cannot be reached from here`,
        detail: subject.address.includes(':') ? 'this machine has no IPv6 route to it' : 'this machine has no route to it',
        evidence,
        ms,
      });
    default: {
      const isTls = failure.reason === 'tlsFailed';
      return tell({
        id: isTls ? 'tls-handshake' : 'connect-failed',
        level: 'unknown',
        title: isTls ? `No TLS with ${server}` : `No connection to ${server}`,
        detail: isTls ? 'the connection came about, the handshake did not' : '',
        evidence,
        ms,
      });
    }
  }
}

/**
 * Port 25 of every address timed out: more likely the network here than all the servers. `findings` of several servers; null when there is no sign of
 * that. One address alone proves nothing.
 */
export function portBlockedFinding(
  findings: readonly Finding[],
  tell: (title: string, detail: string, reason: string) => Finding,
): Finding | null {
  const connections = findings.filter(({ id, target }) => target.port === 25 && (id === 'connect' || id.startsWith('connect-')));
  const reached = connections.filter(({ id }) => id !== 'connect-unreachable');
  if (reached.length < 2 || !reached.every(({ id }) => id === 'connect-timeout')) return null;
  return tell(
    'Your network may block port 25',
    `${reached.map(({ target }) => `${target.address ?? ''}:25`).join(' and ')} timed out`,
    'Many home and cloud networks let no connection to port 25 out. Try port 587, or run the check from another machine.',
  );
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}
