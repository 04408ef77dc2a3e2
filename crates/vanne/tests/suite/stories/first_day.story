# The first day: documents come in, a pilot group gets them, a computer calls.

! documents arrive
$ vanne serve
listening http://[..]
$ vanne catalog import documents --content files
Documents            Number
added, category      11
added, detectoid     12
added, driver        6
added, software      46
unchanged            0
refused              0
content files added  32 (27.42 MiB)
$ vanne groups create Pilots
Group                   Computers  Id
All Computers           0          a0a08746-4dbe-4a37-9adf-9e7652c0b421
  Pilots                0          [..]
  Unassigned Computers  0          b73ca6ed-5727-47f3-84de-015e03f6a88a
$ vanne updates 9001103
Update                                    Kind      KB       Decision  Title
f3b2a74c-f568-5b51-9fbc-51258a20f1f8/200  software  9001103  -         2026-10 Cumulative Update for Contoso Client 11 for x64-based Systems (KB9001103)

# The computer calls for the first time: it is in no group, and nothing is approved.
! computer ada scans
desk-0000.contoso.example is offered 0 updates
$ vanne computers list
Computer                   System                   Groups                Last contact  Last report  Id
desk-0000.contoso.example  Windows 11 25H2 (26200)  Unassigned Computers  [..]       [..]      d025d5fb-4b99-5789-8e93-2d7cd534270d

# It becomes a pilot, and pilots get this month's update.
$ vanne computers assign desk-0000.contoso.example --group Pilots
Computer                   System                   Groups  Last contact  Last report  Id
desk-0000.contoso.example  Windows 11 25H2 (26200)  Pilots  [..]       [..]      d025d5fb-4b99-5789-8e93-2d7cd534270d
$ vanne approve --kb 9001103 --group Pilots --deadline 2036-12-01T18:00:00Z
install for Pilots: f3b2a74c-f568-5b51-9fbc-51258a20f1f8 2026-10 Cumulative Update for Contoso Client 11 for x64-based Systems (KB9001103)
! computer ada scans
desk-0000.contoso.example is offered 1 updates
$ vanne status --kb 9001103
1 computers, 1 updates; 0 computers have never reported
oldest report [..], newest [..]

State   Computers × updates
needed  1

Computer                   State   Since    Update
desk-0000.contoso.example  needed  [..]  f3b2a74c-f568-5b51-9fbc-51258a20f1f8 2026-10 Cumulative Update for Contoso Client 11 for x64-based Systems (KB9001103)




$ vanne explain --computer desk-0000.contoso.example --update f3b2a74c-f568-5b51-9fbc-51258a20f1f8
computer desk-0000.contoso.example
update f3b2a74c-f568-5b51-9fbc-51258a20f1f8, revision 200
offered: Install, by 2036-12-01T18:00:00Z
  ok   known: its latest revision 200 has id 73; only that one is offered
  note groups: the computer is in All Computers > Pilots
  ok   declined: it is not declined
  ok   in scope: it is in no bundle, and so offered by itself
  note approved: approval 1, install by 2036-12-01T18:00:00Z for group "Pilots": this one counts
  note action: Install, by 2036-12-01T18:00:00Z (deployment 1): the client installs it if its own rules find that it applies
  ok   prerequisite: the computer has 203095e5-18c2-530c-b4c1-25c8e81ac9d0
  ok   category: the computer has [..]
  ok   category: the computer has a292e4a3-5a6f-5c48-ae55-9e713bfb95d4

# It installs what it is offered, and says so.
! computer ada updates
desk-0000.contoso.example installed 1 updates from 1 files; 0 are offered still
$ vanne status --kb 9001103
1 computers, 1 updates; 0 computers have never reported
oldest report [..], newest [..]

State      Computers × updates
installed  1



# A computer outside the group is not offered it, and the server can say why.
! computer bob scans
desk-0001.contoso.example is offered 0 updates
$ vanne explain --computer desk-0001.contoso.example --update f3b2a74c-f568-5b51-9fbc-51258a20f1f8
computer desk-0001.contoso.example
update f3b2a74c-f568-5b51-9fbc-51258a20f1f8, revision 200
sent for evaluation only: PreDeploymentCheck; no approval counts for this computer, so that the client only reports whether it applies
  ok   known: its latest revision 200 has id 73; only that one is offered
  note groups: the computer is in All Computers > Unassigned Computers
  ok   declined: it is not declined
  ok   in scope: it is in no bundle, and so offered by itself
  note approved: approval 1, install by 2036-12-01T18:00:00Z for group "Pilots": the computer is not in this group
  note action: PreDeploymentCheck (deployment 1073741897): no approval counts for this computer, so that the client only reports whether it applies
  ok   prerequisite: the computer has 203095e5-18c2-530c-b4c1-25c8e81ac9d0
  ok   category: the computer has [..]
  ok   category: the computer has a292e4a3-5a6f-5c48-ae55-9e713bfb95d4
