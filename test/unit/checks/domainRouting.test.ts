// checks: where mail of a domain goes, names of addresses, blocklists and single records: whole runs against BIND and Unbound, one line a case.
import { after } from 'node:test';
import { describeCases, startNames } from './domainRun.ts';

const names = await startNames();
after(() => names.stop());

describeCases(
  names,
  `
# where mail goes
two hosts, both families                               | mx good.test                                 | pass mx                                      | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
one host                                               | mx single.test                               | advice mx-single, pass mx                    | One MX host: 10 mx1.good.test.
typed as a mail address                                | mx Ann <ann@Good.TEST>                       | pass mx                                      | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
typed as the address of a page                         | mx https://good.test/contact                 | pass mx                                      | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
no MX, but an address                                  | mx nomx.test                                 | advice mx-implicit                           | No MX record: mail goes to the addresses of nomx.test itself.
no MX and no address                                   | mx nodata.test                               | fail mx-missing                              | Failed: nodata.test cannot receive mail.
a name that has only names below it                    | mx nonterminal.test                          | fail mx-missing                              | Failed: nonterminal.test cannot receive mail.
no such domain                                         | mx not-there.test                            | fail domain-missing                          | Failed: there is no domain not-there.test.

# null MX (RFC 7505)
null MX                                                | mx nullmx.test                               | info mx-null                                 | nullmx.test takes no mail, and says so.
null MX without need                                   | mx nullbare.test                             | info mx-null | nullbare.test takes no mail, and says so.
null MX with a preference                              | mx nullpreference.test                       | advice mx-null-preference, info mx-null      | nullpreference.test takes no mail, and says so.
null MX twice                                          | mx nulltwice.test                            | advice mx-null-preference, info mx-null      | nulltwice.test takes no mail, and says so.
null MX beside others                                  | mx nullmixed.test                            | pass mx, warn mx-null-mixed                  | It works, with a warning: a null MX beside other MX records.

# hosts
a host that is an alias                                | mx aliashost.test                            | pass mx, warn mx-cname                       | It works, with a warning: MX host alias.aliashost.test is an alias.
an alias that leads to nothing                         | mx lostalias.test                            | pass mx, warn mx-cname, warn mx-dangling     | It works, with 2 warnings: MX host alias.lostalias.test leads to nowhere.lostalias.test, which does not exist; MX host alias.lostalias.test is an alias.
an alias that leads in a circle                        | mx ringalias.test                            | pass mx, unknown mx-host-look-up             | Not known: the addresses of ringa.ringalias.test could not be looked up.
an address in place of a host                          | mx literal.test                              | fail mx-literal, pass mx                     | Failed: an MX record names an address.
an IPv6 address in place of a host                     | mx literal6.test                             | fail mx-literal, pass mx                     | Failed: an MX record names an address.
a host that is not there                               | mx dangling.test                             | pass mx, warn mx-dangling                    | It works, with a warning: MX host gone.dangling.test does not exist.
no host that is there                                  | mx danglingall.test                          | 2x fail mx-dangling, pass mx                 | Failed: MX host gone.danglingall.test does not exist; MX host empty.danglingall.test has no address.
a host in a domain that nobody has                     | mx free.test                                 | fail mx-dangling, pass mx                    | Failed: MX host mail.nobody-has-this.test does not exist.
a host whose zone fails                                | mx failing.test                              | pass mx, unknown mx-host-look-up             | Not known: the addresses of mx.broken.invalid could not be looked up.
a host whose zone nobody here serves                   | mx elsewhere.test                            | advice mx-single, pass mx, unknown mx-host-look-up | Not known: the addresses of mx.elsewhere.example could not be looked up.
localhost as a host                                    | mx local.test                                | advice mx-single, pass mx                    | One MX host: 10 localhost.test.
localhost as a host, not in a lab                      | mx local.test lab=no                         | advice mx-single, fail mx-private, pass mx   | Failed: localhost.test has an address that the internet cannot reach.
private addresses, not in a lab                        | mx private.test lab=no                       | 2x fail mx-private, pass mx                  | Failed: mx.private.test has an address that the internet cannot reach; mx1.good.test has an address that the internet cannot reach.
an address of a provider network (CGNAT), not in a lab | mx carrier.test lab=no                       | advice mx-single, fail mx-private, pass mx   | Failed: mx.carrier.test has an address that the internet cannot reach.
an address for documents, not in a lab                 | mx document.test lab=no                      | advice mx-single, fail mx-private, pass mx   | Failed: mx.document.test has an address that the internet cannot reach.
a private address dressed as IPv6, not in a lab        | mx mapped.test lab=no                        | advice mx-single, fail mx-private, pass mx   | Failed: mx.mapped.test has an address that the internet cannot reach.
equal preferences                                      | mx tied.test                                 | info mx-tied, pass mx                        | 2 MX hosts: 10 mx1.good.test, 10 mx2.good.test.
two names of one address                               | mx shared.test                               | advice mx-same-address, pass mx              | 2 MX hosts: 10 mx1.good.test, 20 other.shared.test.
one host named twice                                   | mx repeated.test                             | advice mx-repeated, pass mx                  | 2 MX hosts: 10 mx1.good.test, 30 mx2.good.test.
an underscore in a name                                | mx under_score.test                          | pass mx, warn mx-invalid-name                | It works, with a warning: MX host bad_host.under_score.test has a name that host names cannot have.
a space in a name                                      | mx spaced.test                               | advice mx-single, pass mx, unknown mx-host-look-up, warn mx-invalid-name | A warning: MX host bad\\032host.spaced.test has a name that host names cannot have. Not known: the addresses of bad\\032host.spaced.test could not be looked up.
HTML in a name                                         | mx scripted.test                             | advice mx-single, pass mx, warn mx-invalid-name | It works, with a warning: MX host <b>.scripted.test has a name that host names cannot have.
IPv6 only                                              | mx v6only.test                               | advice mx-single, pass mx                    | One MX host: 10 mx.v6only.test.
25 hosts                                               | mx many.test                                 | pass mx, warn mx-many                        | It works, with a warning: 25 MX hosts.
100 hosts, which need TCP                              | mx crowd.test                                | 20x fail mx-dangling, info mx-tied, pass mx, warn mx-many | Failed: MX host mx1.good-host-with-a-long-name-1.test does not exist; MX host mx1.good-host-with-a-long-name-10.test does not exist; and 18 more.

# the name itself
an alias in place of the domain                        | mx aliased.test                              | pass mx, warn domain-cname                   | It works, with a warning: aliased.test is an alias.
an alias of an alias                                   | mx near.test                                 | pass mx, warn domain-cname                   | It works, with a warning: near.test is an alias.
eleven aliases in a row                                | mx chain0.test                               | unknown mx-look-up, warn domain-cname        | A warning: chain0.test is an alias. Not known: where mail of chain0.test goes could not be looked up.
three aliases in a row                                 | mx chain8.test                               | pass mx, warn domain-cname                   | It works, with a warning: chain8.test is an alias.
aliases in a circle                                    | mx circlea.test                              | unknown mx-look-up                           | Not known: where mail of circlea.test goes could not be looked up.
an alias of nothing                                    | mx lost.test                                 | fail domain-missing | Failed: lost.test leads to nowhere.test, which does not exist.
a wildcard beside the domain                           | mx wild.test                                 | info mx-wildcard, pass mx                    | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
a name that only the wildcard has                      | mx any.wild.test                             | advice mx-single, info mx-wildcard, pass mx  | One MX host: 10 mx1.good.test.
kept for a week                                        | mx kept.test                                 | advice mx-ttl, pass mx                       | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
kept for a minute                                      | mx brief.test                                | pass mx                                      | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
a name of another script                               | mx Bücher.test                               | pass mx                                      | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.

# name servers
SERVFAIL                                               | mx broken.invalid                            | unknown mx-look-up                           | Not known: where mail of broken.invalid goes could not be looked up.
REFUSED                                                | mx not-served.example                        | unknown mx-look-up                           | Not known: where mail of not-served.example goes could not be looked up.
a server that never answers                            | mx good.test at=silent limit=400             | unknown mx-look-up                           | Not known: where mail of good.test goes could not be looked up.
nobody there                                           | mx good.test at=nobody                       | unknown dns-unreachable | Not known: the name server 127.0.0.1:9 cannot be reached.
DNSSEC that holds                                      | mx signed.invalid at=unbound                 | info dnssec, pass mx                         | 2 MX hosts: 10 mx1.signed.invalid, 20 mx2.signed.invalid.
DNSSEC that is wrong                                   | mx bogus.invalid at=unbound                  | fail dnssec-bogus, unknown mx-look-up        | Failed: the signatures of the domain are wrong.
no DNSSEC, through a server that checks it             | mx good.test at=unbound                      | pass mx                                      | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
name servers that are wrong in several ways            | mx names.test                                | advice soa, pass mx, 2x unknown ns-silent, warn ns-cname, warn ns-dangling | 2 warnings: name server alias.aliashost.test is an alias; name server gone.good.test does not exist. Not known: name server alias…
two name servers that are one                          | mx twin.test                                 | advice ns-same-address, info soa, pass mx, pass mx-consistent | 2 MX hosts: 10 mx1.good.test, 20 mx2.good.test.
name servers on loopback, not in a lab                 | mx names.test lab=no                         | 2x fail mx-private, pass mx, warn ns-cname, warn ns-dangling, 3x warn ns-private | Failed: mx1.good.test has an address that the internet cannot reach; mx2.good.test has an address that the internet cannot reach.

# names of addresses
a name that leads back                                 | reverseDns 127.0.0.11                        | pass ptr                                     | 127.0.0.11 is mx1.good.test: the name leads back to it.
IPv6                                                   | reverseDns ::1                               | pass ptr                                     | ::1 is mx1.good.test: the name leads back to it.
a name that leads elsewhere                            | reverseDns 127.0.0.13                        | warn ptr-mismatch                            | A warning: the name of 127.0.0.13 does not lead back to it.
two names                                              | reverseDns 127.0.0.14                        | info ptr-several, pass ptr                   | 127.0.0.14 is several1.test: the name leads back to it.
a name like that of an access line                     | reverseDns 127.0.0.15                        | info ptr-generic, pass ptr                   | 127.0.0.15 is 127-0-0-15.dsl.test: the name leads back to it.
no name                                                | reverseDns 127.0.0.16                        | info ptr-missing                             | 127.0.0.16 has no name: no PTR record; an address of a private network needs none.
delegated by CNAME (RFC 2317)                          | reverseDns 127.0.0.17                        | pass ptr                                     | 127.0.0.17 is classless.test: the name leads back to it.
a name that is not there                               | reverseDns 127.0.0.18                        | warn ptr-mismatch                            | A warning: the name of 127.0.0.18 does not lead back to it.
a name that cannot be looked up                        | reverseDns 127.0.0.19                        | unknown ptr-look-up                          | Not known: whether mx.broken.invalid leads back to 127.0.0.19 could not be looked up.
nobody answers for an address                          | reverseDns 127.0.0.11 at=silent limit=400    | unknown ptr-look-up                          | Not known: the name of 127.0.0.11 could not be looked up.

# blocklists (RFC 5782)
not listed                                             | blocklists 127.0.0.16 lists=list.bl.test     | pass blocklist-clear                         | 127.0.0.16 is not on list.bl.test.
listed                                                 | blocklists 127.0.0.11 lists=list.bl.test     | warn blocklist-listed                        | A warning: 127.0.0.11 is on list.bl.test.
listed by IPv6                                         | blocklists ::1 lists=list.bl.test            | warn blocklist-listed                        | A warning: ::1 is on list.bl.test.
an error in place of an answer                         | blocklists 127.0.0.12 lists=list.bl.test     | unknown blocklist-look-up                    | Not known: whether 127.0.0.12 is on list.bl.test.
a list that is closed                                  | blocklists 127.0.0.11 lists=closed.bl.test   | unknown blocklist-unusable                   | Not known: closed.bl.test cannot be used.
a list that answers everything                         | blocklists 127.0.0.11 lists=parked.bl.test   | unknown blocklist-unusable                   | Not known: parked.bl.test cannot be used.
a list that wants a contract                           | blocklists 127.0.0.11 lists=contract.bl.test | unknown blocklist-unusable                   | Not known: contract.bl.test cannot be used.
a list that fails                                      | blocklists 127.0.0.11 lists=broken.invalid   | unknown blocklist-unusable                   | Not known: broken.invalid cannot be used.
a host, on one list of two                             | blocklists mx1.good.test lists=list.bl.test,closed.bl.test | unknown blocklist-unusable, 2x warn blocklist-listed | 2 warnings: 127.0.0.11 is on list.bl.test; ::1 is on list.bl.test. Not known: closed.bl.test cannot be used.
a private address, not in a lab                        | blocklists 127.0.0.11 lists=list.bl.test lab=no | skipped blocklist                            | 127.0.0.11 is on no public blocklist: it is no address of the internet.
no list is named                                       | blocklists 127.0.0.11                        | skipped blocklists                           | Blocklists were not asked: none is named in the settings.

# single records
A                                                      | dns mx1.good.test type=A                     | info record                                  | mx1.good.test has one A record: …
AAAA                                                   | dns mx1.good.test type=AAAA                  | info record                                  | mx1.good.test has one AAAA record: …
MX                                                     | dns good.test type=MX                        | info record                                  | good.test has 2 MX records: …
TXT over TCP                                           | dns long.test type=TXT                       | info record                                  | long.test has one TXT record: …
PTR                                                    | dns 127.0.0.11 type=PTR                      | info record                                  | 127.0.0.11 has one PTR record: …
SRV                                                    | dns _submission._tcp.good.test type=SRV      | info record                                  | _submission._tcp.good.test has one SRV record: …
TLSA                                                   | dns _25._tcp.mx1.good.test type=TLSA         | info record                                  | _25._tcp.mx1.good.test has one TLSA record: …
CAA                                                    | dns caa.test type=CAA                        | info record                                  | caa.test has one CAA record: …
NS                                                     | dns test type=NS                             | info record                                  | test has one NS record: …
SOA                                                    | dns test type=SOA                            | info record                                  | test has one SOA record: …
CNAME                                                  | dns aliased.test type=CNAME                  | info record                                  | aliased.test has one CNAME record: …
none of that type                                      | dns mx1.good.test type=MX                    | info record-missing                          | mx1.good.test has no MX record: no such record (NODATA); …
no such name                                           | dns gone.test type=MX                        | info record-missing                          | gone.test has no MX record: no such name (NXDOMAIN); …
a zone that fails                                      | dns broken.invalid type=MX                   | unknown record-look-up                       | Not known: MX of broken.invalid could not be looked up.
`,
);
