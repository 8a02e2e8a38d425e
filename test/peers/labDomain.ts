// peers: the domain that the real mail servers take mail for, with everything that belongs to it in the DNS.

export const labDomain = 'good.test';

/** Of its zone. Its one host is 127.0.0.1, where the servers listen, each on its ports: a lab asks them on the port of its settings. */
export const labZone = `@          MX    10 mx1
mx1        A     127.0.0.1
@          TXT   "v=spf1 mx -all"
_dmarc     TXT   "v=DMARC1; p=reject; rua=mailto:postmaster@${labDomain}"
_smtp._tls TXT   "v=TLSRPTv1; rua=mailto:postmaster@${labDomain}"
`;
