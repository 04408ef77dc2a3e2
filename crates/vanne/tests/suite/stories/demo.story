# The whole chain, as a play.

$ vanne demo --story

Persons, each a process of its own.
  Publisher   a fake of Microsoft's service, with a catalog of its own
  Edge        a cache on the way to it, plain HTTP
  Paris       the central server, and 10 computers
  Marseille   its replica, and 30 computers
  Strasbourg  a server that decides itself, and 10 computers

I. The publisher has updates.
  Paris       Nobody chose yet: I take 124 categories and detectoids.
  Paris       All products are chosen now: 497 revisions come, and are visible at once.

II. Somebody altered a file on its way.
  Edge        One bit of my copy of reader.msi is another. Its length is right.
  Paris       27 updates are approved for All Computers; the edge is nearest to ask.
  Paris       1 file came that is not what its document promises: refused, and its sender is not asked for it again.
  Paris       32 files are here, 27.42 MiB, each with both its digests.

III. Updates flow downhill.
  Marseille   I am a replica: 621 revisions, 27 approved.
  Strasbourg  I decide myself: 621 revisions, 0 approved.
  Marseille   Somebody wants to approve something here. I send him to Paris.
  Strasbourg  I approve 2.
  Marseille   32 files are here, 27.42 MiB from Paris.
  Strasbourg  2 files are here, 2.34 MiB from Paris.

IV. Computers update themselves.
  Paris       10 computers install 84 updates: 91 files, 92.48 MiB.
  Marseille   30 computers install 248 updates: 266 files, 270.77 MiB.
  Strasbourg  10 computers install 13 updates: 13 files, 14.16 MiB.

V. Status flows up.
  Marseille   I have told Paris of 30 computers.
  Strasbourg  I have told Paris of 10 computers.
  Paris       I know of 50 computers at three sites.
  Paris       KB9003001 is on 35 computers, 28 of them below.

Shown  What                                                Seen
yes    Paris takes what the publisher has                  621 revisions in two synchronisations, 0 refused
yes    an altered copy is detected and refused             reader.msi, from the edge
yes    the good one is fetched from elsewhere              32 files are here, 27.42 MiB, 0 missing
yes    approvals travel to the replica                     27 of 27
yes    and not to who decides itself                       0 of 27
yes    the replica takes no decision of its own            an approval was refused
yes    each keeps the files that its own computers need    32 in Marseille, 2 in Strasbourg
yes    stock clients scan, download, install and report    345 installed, 370 files verified, nothing to complain of
yes    Paris sees every computer of every site             50 of 50 computers
yes    with what it has installed                          324 installed, 248 of them below
yes    and answers who has an article, for the whole tree  21 in Marseille, 7 in Strasbourg, 35 in all
