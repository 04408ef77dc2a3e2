# An update that makes trouble is declined after it was approved, and taken back later.

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
$ vanne approve --kb 9003001 --group "All Computers"
install for All Computers: 86a5cee5-59df-5279-8500-7e34971635b9 Security Update for the boot policy of Contoso Client 11 (KB9003001)
! computer ada scans
desk-0000.contoso.example is offered 1 updates
$ vanne decline --kb 9003001
declined: 86a5cee5-59df-5279-8500-7e34971635b9 Security Update for the boot policy of Contoso Client 11 (KB9003001)
! computer ada scans
desk-0000.contoso.example is offered 0 updates
$ vanne updates 9003001
Update                                    Kind      KB       Decision  Title
86a5cee5-59df-5279-8500-7e34971635b9/200  software  9003001  declined  Security Update for the boot policy of Contoso Client 11 (KB9003001)

# A decline removes approvals. Taking it back does not bring them again.
$ vanne decline --kb 9003001 --undo
no longer declined: 86a5cee5-59df-5279-8500-7e34971635b9 Security Update for the boot policy of Contoso Client 11 (KB9003001)
$ vanne updates 9003001
Update                                    Kind      KB       Decision  Title
86a5cee5-59df-5279-8500-7e34971635b9/200  software  9003001  -         Security Update for the boot policy of Contoso Client 11 (KB9003001)
! computer ada scans
desk-0000.contoso.example is offered 0 updates
$ vanne approve --kb 9003001 --group "All Computers"
install for All Computers: 86a5cee5-59df-5279-8500-7e34971635b9 Security Update for the boot policy of Contoso Client 11 (KB9003001)
! computer ada scans
desk-0000.contoso.example is offered 1 updates

# What is not here cannot be declined.
$ vanne decline --kb 12345
error: no update with the KB number 12345 can be approved
hint: vanne updates lists what can be
[exit 4]
