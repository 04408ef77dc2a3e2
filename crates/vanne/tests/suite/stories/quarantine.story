# A file changes on disk. It is found, set aside, never served, and healed.

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
$ vanne content verify
32 files verified (27.42 MiB)
! the file files/570c5e912784202dec4dc3277a3cbddc991991ac is damaged
$ vanne content verify
32 files verified (27.42 MiB)
quarantined 570c5e912784202dec4dc3277a3cbddc991991ac: the file has SHA-256 ddf28cb5d4cad339371a21968e65453dbba57b51880af34b3193c125b92473b8, 006b586bf3dfac98bfebafa4014effc6dc8e201ee36fef6b9489c91f56f66507 was promised; bytes 0-1048575 differ; add the file again to heal it
[exit 3]
$ vanne content verify
31 files verified (25.92 MiB)

# It is added again before a computer asks for it.
$ vanne approve --kb 9003005 --group "All Computers"
install for All Computers: e5ed6578-3693-5a06-a1eb-26b2f50b166f Contoso Malicious Software Removal Tool, version 5.130 (KB9003005)
$ vanne content add files/570c5e912784202dec4dc3277a3cbddc991991ac
1 files held (1.50 MiB), 0 refused
$ vanne content verify
32 files verified (27.42 MiB)
! computer ada updates
desk-0000.contoso.example installed 1 updates from 1 files; 0 are offered still
