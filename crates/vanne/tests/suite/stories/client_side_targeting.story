# Computers place themselves: the group is in their own policy.

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
$ vanne groups create Kiosks
Group                   Computers  Id
All Computers           0          a0a08746-4dbe-4a37-9adf-9e7652c0b421
  Kiosks                0          [..]
  Pilots                0          [..]
  Unassigned Computers  0          b73ca6ed-5727-47f3-84de-015e03f6a88a
$ vanne approve --kb 9001103 --group Kiosks
install for Kiosks: f3b2a74c-f568-5b51-9fbc-51258a20f1f8 2026-10 Cumulative Update for Contoso Client 11 for x64-based Systems (KB9001103)

# As long as the administrator decides, what a computer claims means nothing.
! computer ada of Kiosks scans
desk-0000.contoso.example is offered 0 updates
$ vanne computers list
Computer                   System                   Groups                Last contact  Last report  Id
desk-0000.contoso.example  Windows 11 25H2 (26200)  Unassigned Computers  [..]       [..]      d025d5fb-4b99-5789-8e93-2d7cd534270d
$ vanne groups targeting
the administrator decides which groups a computer is in
$ vanne groups targeting client
the computers decide by their own policy which groups a computer is in
! computer ada scans
desk-0000.contoso.example is offered 1 updates
$ vanne computers list --group Kiosks
Computer                   System                   Groups  Last contact  Last report  Id
desk-0000.contoso.example  Windows 11 25H2 (26200)  Kiosks  [..]       [..]      d025d5fb-4b99-5789-8e93-2d7cd534270d
! computer bob of Pilots scans
desk-0001.contoso.example is offered 0 updates
$ vanne groups list
Group                   Computers  Id
All Computers           0          a0a08746-4dbe-4a37-9adf-9e7652c0b421
  Kiosks                1          [..]
  Pilots                1          [..]
  Unassigned Computers  0          b73ca6ed-5727-47f3-84de-015e03f6a88a

# An assignment would have no effect now, so it is refused.
$ vanne computers assign desk-0001.contoso.example --group Kiosks
error: computers place themselves by their own policy, so an assignment would have no effect
hint: vanne groups targeting server lets the administrator decide
[exit 2]
