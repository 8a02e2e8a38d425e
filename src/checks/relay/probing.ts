// checks: from which address a server was asked, and what its answers are worth because of that: servers trust their own machine and network.
import { isPublic } from '../smtp/network.ts';
import { stranger } from './sessions.ts';

export interface Probing {
  /** "192.0.2.7", "127.0.0.1, as if from 203.0.113.9 (XCLIENT)" */
  readonly from: string;
  /** What that means for the answers; sentences. */
  readonly meaning: string;
  /** The server may well trust that address, so what it accepts from there says nothing about strangers. */
  readonly isTrustLikely: boolean;
}

export interface Circumstances {
  /** Our own address. */
  readonly local: string;
  /** The server's address. */
  readonly address: string;
  /** XCLIENT was believed. */
  readonly isStranger: boolean;
  readonly isLab: boolean;
}

export function describeProbing({ local, address, isStranger, isLab }: Circumstances): Probing {
  if (isStranger)
    return {
      from: `${local}, as if from ${stranger} (XCLIENT)`,
      meaning: `The server lets ${local} speak for other addresses (XCLIENT), so it was asked as the stranger ${stranger}: these are the answers that strangers get.`,
      isTrustLikely: false,
    };
  if (isPublic(local))
    return {
      from: local,
      meaning: `Asked from ${local}, an address of the public internet: strangers are told the same, unless the server knows this one as its own network.`,
      isTrustLikely: false,
    };
  if (isPublic(address))
    return {
      from: `${local}, seen by the server as the public address of your network`,
      meaning: 'Asked from behind the public address of your network: strangers are told the same, unless the server trusts that address.',
      isTrustLikely: false,
    };
  if (isLab)
    return {
      from: local,
      meaning: `Asked from ${local}, which counts as a stranger because mailroom.checks.lab is on; outside of a lab servers often trust such an address.`,
      isTrustLikely: false,
    };
  const where = isLoopback(local) ? `this machine itself (${local})` : `${local}, an address of a private network`;
  return {
    from: local,
    meaning: `Asked from ${where}, which servers often trust: what is accepted from here may still be refused to strangers, and what is refused here is refused to them, too.`,
    isTrustLikely: true,
  };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
